# The command `ruangkerja` in a container. Without arguments it runs the stub on port 8080.
#
#   docker build -t ruangkerja:0.1.0 .
#   docker run --rm -p 127.0.0.1:8080:8080 ruangkerja:0.1.0
#   docker run --rm ruangkerja:0.1.0 check https://staging.example.test --token … --course …

# Each build takes the latest patches of the base image. For builds that are alike, name its digest:
#   --build-arg PYTHON=python:3.13-slim-bookworm@sha256:…
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
# requirements-load.lock has what `ruangkerja load` needs, too: --build-arg LOCK=requirements-load.lock
ARG LOCK=requirements.lock
WORKDIR /src
# Install the locked files first, since they change less often than the code. Wheels only.
COPY requirements.lock requirements-load.lock ./
RUN python -m venv --without-pip /opt/ruangkerja && \
    pip --python /opt/ruangkerja/bin/python install --no-cache-dir --only-binary :all: \
        --require-hashes -r "${LOCK}"
COPY . .
RUN pip --python /opt/ruangkerja/bin/python install --no-cache-dir --no-deps .

FROM ${PYTHON}
# Nothing can be installed in the final image.
RUN pip uninstall --yes --root-user-action ignore pip && \
    useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ruangkerja
COPY --from=build /opt/ruangkerja /opt/ruangkerja
COPY deploy/healthcheck.py /opt/ruangkerja/
ENV PATH=/opt/ruangkerja/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python", "-I", "/opt/ruangkerja/healthcheck.py"]
ENTRYPOINT ["ruangkerja"]
# By default the stub accepts only connections from the same machine, here the container. Whoever
# publishes the port decides who else can connect.
CMD ["mock", "--host", "0.0.0.0", "--port", "8080"]
