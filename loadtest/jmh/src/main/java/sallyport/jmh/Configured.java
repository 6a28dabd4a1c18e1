package sallyport.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.tools.pki.DevelopmentPki;

/**
 * A configuration as it is read from a file, with certificates of its own in a folder that goes
 * with it: one listener, {@code https}, and one backend, {@code legacy}.
 */
public record Configured(GatewayConfig config, Path folder) implements AutoCloseable {
  /** With one route, which takes everything. */
  public static Configured plain() throws IOException, InvalidConfiguration {
    return withRoutes("{ backend = legacy }");
  }

  /**
   * @param routes as they stand between the brackets of {@code gateway.routes}
   */
  public static Configured withRoutes(String routes) throws IOException, InvalidConfiguration {
    Path folder = Files.createTempDirectory("sallyport-jmh");
    DevelopmentPki.create(folder);
    String text =
        """
        gateway {
          listeners.https {
            bind = "127.0.0.1:0"
            tls.certificates = [ { chain = server.pem, key = server.key } ]
          }
          routes = [ %s ]
          backends.legacy {
            endpoints = [ "127.0.0.1:9443" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
        }
        """
            .formatted(routes);
    return new Configured(GatewayConfig.parse(text, folder), folder);
  }

  /** The one listener. */
  public ListenerConfig.Tls listener() {
    return (ListenerConfig.Tls) config.listeners().get("https");
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.walk(folder)) {
      List<Path> inwards = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : inwards) {
        Files.delete(file);
      }
    }
  }
}
