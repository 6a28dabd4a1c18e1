package sallyport.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A backend that is not written in Java: the nginx of the system, in the foreground, with a
 * configuration of the test's own. Demands the gateway's certificate.
 *
 * <p>The port is nobody else's: Perl, which every Debian has, binds port 0, and nginx inherits the
 * listening socket in the way in which it inherits those of an older nginx (the variable {@code
 * NGINX}; it crashes on it without a master process). Connections can be made before nginx has read
 * its configuration.
 */
public final class Nginx implements AutoCloseable {
  private static final String LAUNCHER =
      """
      use Socket;
      my ($template, $config) = @ARGV;
      grep { -x "$_/nginx" } split(/:/, $ENV{PATH})
          or die "there is no nginx: apt-get install nginx\\n";
      $^F = 255;
      socket(my $listening, PF_INET, SOCK_STREAM, 0) or die $!;
      bind($listening, sockaddr_in(0, INADDR_LOOPBACK)) or die $!;
      listen($listening, 511) or die $!;
      my ($port) = sockaddr_in(getsockname($listening));
      open(my $in, '<', $template) or die $!;
      open(my $out, '>', $config) or die $!;
      while (<$in>) { s/PORT/$port/g; print $out $_; }
      close($out) or die $!;
      close($in);
      $| = 1;
      print "$port\\n";
      $ENV{NGINX} = fileno($listening) . ';';
      exec('nginx', '-e', 'stderr', '-p', '.', '-c', $config) or die $!;
      """;

  private final Process process;
  private final int port;

  private Nginx(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it in a folder with this as its one server.
   *
   * @param listen what follows the address and {@code ssl}, such as {@code proxy_protocol}
   * @param server directives of the server; the names of files start in the folder
   */
  public static Nginx start(Path folder, String listen, String server) throws IOException {
    return start(folder, listen, "ssl_client_certificate ca.pem; ssl_verify_client on;", server);
  }

  /**
   * The same, with other demands on clients.
   *
   * @param clients directives of the server; {@code ca.pem} is the authority of the gateway
   */
  public static Nginx start(Path folder, String listen, String clients, String server)
      throws IOException {
    Files.createDirectories(folder);
    TestPki.BACKEND.write(folder.resolve("backend.pem"), folder.resolve("backend.key"));
    TestPki.trust(folder.resolve("ca.pem"), TestPki.BACK);
    return serve(
        folder,
        """
        listen 127.0.0.1:PORT ssl %s;
        ssl_certificate %s/backend.pem;
        ssl_certificate_key %s/backend.key;
        %s
        ssl_protocols TLSv1.2 TLSv1.3;
        %s
        """
            .formatted(listen, folder, folder, clients, server));
  }

  /**
   * The same, with a server and certificates of the test's own.
   *
   * @param server all directives of it; {@code PORT} stands for the port
   */
  public static Nginx serve(Path folder, String server) throws IOException {
    Peers.demand("perl", "nginx");
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("template"),
        """
        daemon off;
        user root;
        pid nginx.pid;
        error_log stderr warn;
        events {}
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          server {
            %s
          }
        }
        """
            .formatted(server));
    Path errors = folder.resolve("errors");
    ProcessBuilder builder =
        new ProcessBuilder(
                "perl",
                "-e",
                LAUNCHER,
                folder.resolve("template").toString(),
                folder.resolve("nginx.conf").toString())
            .directory(folder.toFile())
            .redirectError(errors.toFile());
    Map<String, String> environment = builder.environment();
    // Debian has it in a folder that only root looks into.
    environment.merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
    Process process = builder.start();
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String port = out.readLine();
    // Its output ends when it cannot start; while it serves it writes nothing there.
    if (port == null) {
      throw new AssertionError("nginx did not start: " + Files.readString(errors));
    }
    return new Nginx(process, Integer.parseInt(port));
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Sends a signal such as {@code STOP} to all of its processes. */
  public void signal(String name) throws IOException, InterruptedException {
    Signals.send(name, Stream.concat(Stream.of(process.toHandle()), process.descendants()));
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("nginx does not end");
    }
  }
}
