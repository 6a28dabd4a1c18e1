package sallyport.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import sallyport.tools.pki.Identity;

/**
 * The PostgreSQL of the system, with a cluster of the test's own in a folder, at a port of its own.
 * Its roles: {@code clinic}, which the gateway's certificate names, with the password {@code
 * wonder}. It lets clients in over TLS alone, and with such a certificate ({@code
 * clientcert=verify-full}).
 *
 * <p>It refuses to run as root: it runs as the user {@code postgres} of its package then.
 */
public final class PostgresServer implements AutoCloseable {
  public static final String ROLE = "clinic";
  public static final String PASSWORD = "wonder";
  private static final String BIN = "/usr/lib/postgresql/15/bin/";
  private static final String SERVER = BIN + "postgres";
  private static final String CLIENT = BIN + "psql";

  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

  private final Process process;
  private final HeldPort port;
  private final Path folder;
  private final List<String> said = new CopyOnWriteArrayList<>();

  private PostgresServer(Process process, HeldPort port, Path folder) {
    this.process = process;
    this.port = port;
    this.folder = folder;
  }

  /** What a client program said, and how it ended. */
  public record Ended(int status, String out, String err) {}

  /**
   * Starts one.
   *
   * @param identity its own
   * @param hba lines of pg_hba.conf
   */
  public static PostgresServer start(Identity identity, String... hba) throws Exception {
    Peers.demand(SERVER, CLIENT);
    // Other users cannot enter the folders of tests.
    Path folder = Files.createTempDirectory("postgres");
    Path password = folder.resolve("password");
    Files.writeString(password, PASSWORD);
    own(folder);
    Path data = folder.resolve("data");
    run(
        asServer(
            BIN + "initdb",
            "-D",
            data.toString(),
            "-U",
            ROLE,
            "-A",
            "scram-sha-256",
            "--pwfile=" + password,
            "--no-sync",
            "--no-instructions",
            "-E",
            "UTF8",
            "--locale=C"));
    identity.write(data.resolve("server.pem"), data.resolve("server.key"));
    TestPki.trust(data.resolve("ca.pem"), TestPki.BACK);
    Files.writeString(data.resolve("pg_hba.conf"), String.join("\n", hba) + "\n");
    HeldPort port = HeldPort.hold();
    Files.writeString(
        data.resolve("postgresql.auto.conf"),
        """
        listen_addresses = '127.0.0.1'
        port = %d
        unix_socket_directories = ''
        ssl = on
        ssl_cert_file = 'server.pem'
        ssl_key_file = 'server.key'
        ssl_ca_file = 'ca.pem'
        fsync = off
        log_connections = on
        log_disconnections = on
        shared_buffers = 16MB
        max_connections = 40
        """
            .formatted(port.number()));
    own(data);
    Process process =
        new ProcessBuilder(asServer(SERVER, "-D", data.toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    PostgresServer server = new PostgresServer(process, port, folder);
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line;
    do {
      line = out.readLine();
      if (line == null) {
        server.close();
        throw new AssertionError("PostgreSQL did not start: " + server.said);
      }
      server.said.add(line);
    } while (!line.contains("ready to accept connections"));
    Thread.ofVirtual().start(() -> out.lines().forEach(server.said::add));
    return server;
  }

  private static List<String> asServer(String... command) {
    List<String> all = new ArrayList<>();
    if (ROOT) {
      all.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private static void own(Path folder) throws Exception {
    if (ROOT) {
      run(List.of("chown", "-R", "postgres:postgres", folder.toString()));
    }
    run(List.of("chmod", "-R", "go-rwx", folder.toString()));
  }

  private static void run(List<String> command) throws Exception {
    Ended ended = wait(new ProcessBuilder(command));
    if (ended.status() != 0) {
      throw new AssertionError(command + ": " + ended);
    }
  }

  private static Ended wait(ProcessBuilder builder) throws Exception {
    Path out = Files.createTempFile("postgres", ".out");
    Path err = Files.createTempFile("postgres", ".err");
    try {
      Process process =
          builder
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
          throw new AssertionError(builder.command() + " does not end");
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Returns a command of psql that connects with these parameters. */
  public static ProcessBuilder psql(String parameters, String query) {
    Peers.demand(CLIENT);
    ProcessBuilder builder =
        new ProcessBuilder(CLIENT, "-X", "-A", "-t", "-w", "-c", query, parameters);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("PG"));
    environment.put("PGPASSWORD", PASSWORD);
    environment.put("PGCONNECT_TIMEOUT", "60");
    return builder;
  }

  /** Runs psql, and waits for its end. */
  public static Ended query(String parameters, String query) throws Exception {
    return wait(psql(parameters, query));
  }

  /** Runs pgbench with these arguments and parameters of the connection, and waits for its end. */
  public static Ended bench(String parameters, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(BIN + "pgbench"));
    command.addAll(List.of(arguments));
    command.add(parameters);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("PGPASSWORD", PASSWORD);
    return wait(builder);
  }

  public String address() {
    return port.address();
  }

  public int port() {
    return port.number();
  }

  /** Returns what it has logged so far. */
  public List<String> said() {
    return List.copyOf(said);
  }

  /** Ends it, and all its sessions, and waits for that. */
  @Override
  public void close() {
    // SIGQUIT would leave its children; SIGTERM would wait for clients; SIGINT ends them.
    try {
      if (process.isAlive()) {
        Signals.send("INT", Stream.of(process.toHandle()));
      }
      process.onExit().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      process.destroyForcibly();
    } finally {
      port.close();
      delete();
    }
  }

  private void delete() {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
