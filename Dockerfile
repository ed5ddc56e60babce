# The command `ruangkerja` in a container: without arguments the stub, on port 8080.
#
#   docker build -t ruangkerja:0.1.0 .
#   docker run --rm -p 127.0.0.1:8080:8080 ruangkerja:0.1.0
#   docker run --rm ruangkerja:0.1.0 check https://staging.example.test --token … --course …

FROM python:3.13-slim-bookworm AS build
WORKDIR /src
# The locked versions first: they change less often than the code, and only as wheels.
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/ruangkerja && \
    pip --python /opt/ruangkerja/bin/python install --no-cache-dir --only-binary :all: \
        -r requirements.lock
COPY . .
RUN pip --python /opt/ruangkerja/bin/python install --no-cache-dir --no-deps .

FROM python:3.13-slim-bookworm
# Nothing is installed here any more, by anybody.
RUN pip uninstall --yes --root-user-action ignore pip && \
    useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ruangkerja
COPY --from=build /opt/ruangkerja /opt/ruangkerja
ENV PATH=/opt/ruangkerja/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["ruangkerja"]
# The stub listens to its own machine alone unless told otherwise. In a container that would be the
# container; what reaches it from outside is decided by whoever publishes the port.
CMD ["mock", "--host", "0.0.0.0", "--port", "8080"]
