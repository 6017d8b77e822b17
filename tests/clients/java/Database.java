import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/** Runs statements on PostgreSQL and says how long each took: milliseconds, the error's code or "ok", the statement. */
public class Database {
    interface Call {
        void run() throws SQLException;
    }

    public static void main(String[] arguments) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/shop?user=shop&sslmode=disable&gssEncMode=disable";
        try (Connection connection = DriverManager.getConnection(url); Statement statement = connection.createStatement()) {
            for (String text : new String[] {"DROP TABLE IF EXISTS stock", "CREATE TABLE stock (id int PRIMARY KEY, name text)",
                    "SELECT pg_sleep(0.06)", "SELECT * FROM missing"}) {
                time(text, () -> statement.execute(text));
            }
            String insert = "INSERT INTO stock VALUES (?, ?)";
            try (PreparedStatement batch = connection.prepareStatement(insert)) {
                for (int i = 0; i < 10; i++) {
                    batch.setInt(1, i);
                    batch.setString(2, "planted");
                    batch.addBatch();
                }
                time(insert, batch::executeBatch);
            }
            String select = "SELECT name FROM stock WHERE id = ?";
            try (PreparedStatement prepared = connection.prepareStatement(select)) {
                for (int i = 0; i < 8; i++) {
                    prepared.setInt(1, i);
                    time(select, prepared::execute);
                }
            }
            connection.setAutoCommit(false);
            try (PreparedStatement rows = connection.prepareStatement("SELECT a.id FROM stock a, stock b")) {
                rows.setFetchSize(30);
                time("SELECT a.id FROM stock a, stock b", () -> {
                    try (var all = rows.executeQuery()) {
                        while (all.next()) {
                            all.getInt(1);
                        }
                    }
                });
            }
            connection.commit();
        }
    }

    private static void time(String text, Call call) {
        long begin = System.nanoTime();
        String outcome = "ok";
        try {
            call.run();
        } catch (SQLException e) {
            outcome = e.getSQLState();
        }
        System.out.printf(Locale.ROOT, "%.3f\t%s\t%s%n", (System.nanoTime() - begin) / 1e6, outcome, text);
    }
}
