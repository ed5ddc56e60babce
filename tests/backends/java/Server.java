import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The endpoint with nothing but Java's standard library.
 *
 * <pre>java Server TOKEN [SERIAL=USERS ...]</pre>
 *
 * Says on which port of the loopback interface it listens. Reads {@code enrol N} from standard input,
 * does that, answers {@code done}, and ends with its input. The environment variable BUG names one of
 * the mistakes below, which is then made.
 */
public final class Server implements HttpHandler {
    static final String BUG = System.getenv().getOrDefault("BUG", "");
    static final Pattern PATH =
            Pattern.compile("/ruangkerja/dashboard/courses/([^/]+)/online/users");
    static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    static final int MOST = 100;
    static final String[] NAMES = {
        "Siti Rahma", "Dewi Nur'aini", "Budi \"Bud\" Santoso", "José Álvarez", "测试 用户", "Ni Luh 🌺"
    };
    static final Instant START = Instant.parse("2022-07-22T01:00:00Z");

    enum Status {
        NOT_STARTED, COMPLETED, EXPIRED, FAILED, IN_PROGRESS;

        String text() {
            return bug("enum_by_name") ? name() : name().toLowerCase(Locale.ROOT);
        }
    }

    record Learner(
            String serial, String name, String employeeId, Status status, Double preTest,
            Double postTest, long timeSpent, Instant lastAccess, LocalDate completed) {}

    static final class Failure extends RuntimeException {
        final int status;
        final String code;

        Failure(int status, String code, String text) {
            super(text);
            this.status = status;
            this.code = code;
        }
    }

    private final String token;
    private final Map<String, List<Learner>> courses = new ConcurrentHashMap<>();
    private final Map<String, Integer> seen = new ConcurrentHashMap<>();
    private int people;

    Server(String token) {
        this.token = token;
    }

    static boolean bug(String name) {
        return BUG.equals(name);
    }

    synchronized void enrol(String course, int count) {
        List<Learner> more = new ArrayList<>();
        for (int added = 0; added < count; added++) {
            more.add(learner(++people));
        }
        courses.computeIfAbsent(course, serial -> new CopyOnWriteArrayList<>()).addAll(more);
    }

    static Learner learner(int number) {
        Status status = Status.values()[number % 5];
        boolean started = status != Status.NOT_STARTED;
        boolean scored = status == Status.COMPLETED || status == Status.FAILED;
        Instant at = START.plusSeconds(60L * number);
        return new Learner(
                String.format("J%06d", number * 7919L % 999_983), NAMES[number % 6] + " " + number,
                "E-" + number, status, started ? number % 101 + 0.5 * (number % 101 % 2) : null,
                scored ? 62.5 : null, started ? 3L * number : 0, at,
                status == Status.COMPLETED ? at.atOffset(ZoneOffset.UTC).toLocalDate() : null);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        int status = 200;
        String body;
        try (exchange) {
            try {
                body = answer(exchange);
            } catch (Failure failure) {
                status = failure.status;
                body = error(failure.status, failure.code, failure.getMessage());
            } catch (RuntimeException exception) {
                if (bug("exceptions_are_left_alone")) {
                    throw exception;
                }
                status = 500;
                String text = bug("exception_text") ? exception.toString() : "Something went wrong";
                body = error(500, "Internal", text);
            }
            Charset charset = bug("platform_charset") ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
            byte[] bytes = body.getBytes(charset);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            long length = bug("length_in_characters") ? body.length() : bytes.length;
            exchange.sendResponseHeaders(status, head ? -1 : length);
            if (!head) {
                exchange.getResponseBody().write(bytes);
            }
        }
    }

    String answer(HttpExchange exchange) {
        Matcher path = PATH.matcher(exchange.getRequestURI().getRawPath());
        if (!path.matches()) {
            throw new Failure(404, "NotFound", "There is no such path");
        }
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD") && !bug("method_is_not_looked_at")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            throw new Failure(405, "Unimplemented", "Method is not allowed");
        }
        authenticate(exchange.getRequestHeaders().getFirst("Authorization"));
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        long page = number(query, "page");
        long size = number(query, "pageSize");
        if (size > MOST) {
            if (!bug("size_is_clamped")) {
                throw new Failure(400, "InvalidArgument", "pageSize is at most 100");
            }
            size = MOST;
        }
        List<Learner> course = courses.get(URLDecoder.decode(path.group(1), StandardCharsets.UTF_8));
        if (course == null) {
            if (bug("unknown_course_is_the_first")) {
                course = courses.values().iterator().next();
            } else {
                throw new Failure(404, "NotFound", "Course is not found");
            }
        }
        return page(course.toArray(Learner[]::new), page, (int) size);
    }

    void authenticate(String given) {
        if (given == null) {
            throw new Failure(401, "Unauthenticated", "Token is missing");
        }
        boolean valid = bug("token_ignoring_case") ? given.equalsIgnoreCase(token) : given.equals(token);
        if (bug("bearer_is_expected")) {
            valid = given.equals("Bearer " + token);
        }
        if (!valid) {
            throw new Failure(403, "PermissionDenied", "Token is not valid");
        }
    }

    static Map<String, String> query(String raw) {
        Map<String, String> found = new HashMap<>();
        for (String pair : (raw == null ? "" : raw).split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                String value = pair.substring(equals + 1);
                found.put(pair.substring(0, equals), URLDecoder.decode(value, StandardCharsets.UTF_8));
            }
        }
        return found;
    }

    static long number(Map<String, String> query, String name) {
        String text = query.get(name);
        if (bug("numbers_by_parse_int") || bug("exceptions_are_left_alone")) {
            return Integer.parseInt(text); // NumberFormatException
        }
        if (bug("numbers_by_parse_double") && text != null) {
            try {
                return (long) Double.parseDouble(text);
            } catch (NumberFormatException exception) {
                throw new Failure(400, "InvalidArgument", name + " is not valid");
            }
        }
        // What does not fit a long is past every end, and above every maximum.
        String digits = text == null ? "" : text.replaceFirst("^0+(?=.)", "");
        if (digits.matches("[0-9]{19,}")) {
            return Long.MAX_VALUE;
        }
        if (!NUMBER.matcher(digits).matches() || Long.parseLong(digits) < 1) {
            throw new Failure(400, "InvalidArgument", name + " is not valid");
        }
        return Long.parseLong(digits);
    }

    String page(Learner[] learners, long page, int size) {
        int total = learners.length;
        long pages = (total + size - 1L) / size;
        if (bug("ceil_of_integers")) {
            pages = (long) Math.ceil(total / size);
        }
        List<Learner> rows = rows(learners, page, size, pages);
        if (bug("rows_in_parallel")) {
            List<Learner> gathered = Collections.synchronizedList(new ArrayList<>());
            rows.parallelStream().forEach(gathered::add);
            rows = gathered;
        }
        List<String> items = new ArrayList<>();
        rows.forEach(learner -> items.add(row(learner)));
        String list = items.isEmpty() && bug("empty_is_null") ? "null" : "[" + String.join(",", items) + "]";
        long total_ = bug("total_of_the_page") ? rows.size() : total;
        return "{\"status\":\"" + (bug("success_in_capitals") ? "SUCCESS" : "success")
                + "\",\"message\":\"Success\",\"data\":{\"currentPage\":"
                + (bug("pages_from_zero_inside") ? page - 1 : page) + ",\"totalItems\":" + total_
                + ",\"totalPage\":" + pages + ",\"items\":" + list + "}}";
    }

    static List<Learner> rows(Learner[] learners, long page, int size, long pages) {
        int total = learners.length;
        if (bug("int_overflow")) {
            int start = Math.max(0, (int) (page - 1) * size);
            int end = Math.min(start + size, total);
            return start >= total ? List.of() : List.of(learners).subList(start, end);
        }
        if (bug("boxed_numbers_compared")) {
            // Of boxed numbers == compares the boxes, which are shared up to 127 alone.
            Long here = page, last = pages;
            int start = (int) Math.min((page - 1) * size, total);
            int end = here == last ? total : start + size;
            return page > pages ? List.of() : List.of(learners).subList(start, end);
        }
        if (page > pages) {
            return List.of();
        }
        int start = (int) (page - 1) * size;
        int end = bug("end_is_left_out") ? Math.min(start + size, total - 1) : Math.min(start + size, total);
        return List.of(learners).subList(start, Math.max(start, end));
    }

    static String row(Learner learner) {
        String at = DateTimeFormatter.ISO_INSTANT.format(learner.lastAccess());
        if (bug("local_date_time")) {
            at = LocalDateTime.ofInstant(learner.lastAccess(), ZoneOffset.UTC).toString();
        }
        String completed = learner.completed() == null ? "" : learner.completed().toString();
        if (bug("null_put_together")) {
            completed = "" + learner.completed();
        }
        Map<String, String> members = new LinkedHashMap<>();
        members.put("user", "{\"serial\":" + text(learner.serial()) + ",\"name\":" + text(learner.name())
                + ",\"employeeID\":" + text(learner.employeeId()) + "}");
        members.put("postTest", score(learner.postTest()));
        members.put("preTest", score(learner.preTest()));
        members.put("timeSpent", String.valueOf(learner.timeSpent()));
        members.put("lastAccessMission", text(at));
        members.put("completedAt", text(completed));
        members.put("status", text(learner.status().text()));
        List<String> written = new ArrayList<>();
        members.forEach((name, value) -> written.add("\"" + name + "\":" + value));
        return "{" + String.join(",", written) + "}";
    }

    static String score(Double score) {
        if (score == null) {
            return bug("no_score_is_nan") ? String.valueOf(Double.NaN) : "null";
        }
        return String.format(bug("locale_of_the_machine") ? new Locale("id", "ID") : Locale.ROOT, "%.1f", score);
    }

    static String text(String value) {
        if (bug("text_is_not_escaped")) {
            return "\"" + value + "\"";
        }
        StringBuilder written = new StringBuilder("\"");
        for (char each : value.toCharArray()) {
            if (each == '"' || each == '\\') {
                written.append('\\').append(each);
            } else if (each < ' ') {
                written.append(String.format("\\u%04x", (int) each));
            } else {
                written.append(each);
            }
        }
        return written.append('"').toString();
    }

    static String error(int status, String code, String text) {
        String message = text("rpc error: code = " + code + " desc = " + text);
        return "{\"errorCode\":" + status + ",\"message\":" + message + ",\"detail\":" + message + "}";
    }

    public static void main(String[] arguments) throws IOException {
        Server server = new Server(arguments[0]);
        String first = null;
        for (int index = 1; index < arguments.length; index++) {
            String[] course = arguments[index].split("=");
            server.enrol(course[0], Integer.parseInt(course[1]));
            first = first == null ? course[0] : first;
        }
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", server);
        http.setExecutor(Executors.newFixedThreadPool(4));
        http.start();
        PrintStream out = System.out;
        out.println("listening on " + http.getAddress().getPort());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            server.enrol(first, Integer.parseInt(line.split(" ")[1]));
            out.println("done");
        }
        System.exit(0);
    }
}
