import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URL;
import java.util.concurrent.Executors;

/** com.sun.net.httpserver with a pool of threads. Usage: java Server PORT UPSTREAM */
public final class Server {
    private static int upstream;

    public static void main(String[] arguments) throws IOException {
        upstream = Integer.parseInt(arguments[1]);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 512);
        server.setExecutor(Executors.newFixedThreadPool(64));
        server.createContext("/", Server::handle);
        server.start();
    }

    private static void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String[] path = exchange.getRequestURI().getPath().split("/");
        try {
            switch (path.length > 1 ? path[1] : "") {
                case "hello" -> reply(exchange, 200, "hello\n".getBytes());
                case "bytes" -> reply(exchange, 200, "x".repeat(Integer.parseInt(path[2])).getBytes());
                case "slow" -> {
                    Thread.sleep(Integer.parseInt(path[2]));
                    reply(exchange, 200, "hello\n".getBytes());
                }
                case "echo" -> reply(exchange, 200, body);
                case "status" -> reply(exchange, Integer.parseInt(path[2]), "a status".getBytes());
                case "item" -> {
                    Thread.sleep(Integer.parseInt(path[2]) * 7 % 20);
                    reply(exchange, 200, path[2].getBytes());
                }
                case "relay" -> relay(exchange, path[2]);
                default -> reply(exchange, 404, "there is no such path".getBytes());
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Calls the upstream on the thread that serves the request. */
    private static void relay(HttpExchange exchange, String number) throws IOException {
        URL url = new URL("http://127.0.0.1:" + upstream + "/item/" + number);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        byte[] body = connection.getInputStream().readAllBytes();
        reply(exchange, connection.getResponseCode(), body);
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        boolean empty = status == 204 || status == 304 || exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, empty || body.length == 0 ? -1 : body.length);
        if (!empty) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }
}
