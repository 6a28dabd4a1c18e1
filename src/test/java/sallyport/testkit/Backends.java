package sallyport.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.problem.InvalidConfiguration;

/** Configurations of one backend, for tests without sockets. */
public final class Backends {
  private Backends() {}

  /**
   * @param hocon what stands in the backend, but its tls
   */
  public static BackendConfig config(String hocon) {
    return Objects.requireNonNull(gateway("", hocon).backends().get("app"));
  }

  /** A backend whose endpoints have all gone: no configuration file can say so. */
  public static BackendConfig withoutEndpoints() {
    BackendConfig some = config("endpoints = [ \"a:1\" ]");
    return new BackendConfig(
        some.name(),
        List.of(),
        some.endpointsFile(),
        some.balance(),
        some.hash(),
        some.sticky(),
        some.security(),
        some.pool(),
        some.ejection(),
        some.health(),
        some.slowStart(),
        some.protocol(),
        some.pings(),
        some.limits(),
        some.retries(),
        some.proxyProtocol(),
        some.connectTimeout(),
        some.lenient(),
        some.location());
  }

  /**
   * A listener {@code https} with one route to one backend {@code app}.
   *
   * @param route what stands in the route, but its backend
   * @param backend what stands in the backend, but its tls
   */
  public static GatewayConfig gateway(String route, String backend) {
    String whole =
        """
        gateway {
          listeners.https {
            bind = "127.0.0.1:0"
            tls.certificates = [ { chain = server.pem, key = server.key } ]
          }
          routes = [ { backend = app, %s } ]
          backends.app {
            tls { trust = backend-ca.pem, certificate { chain = client.pem, key = client.key } }
            %s
          }
        }
        """
            .formatted(route, backend);
    try {
      Path folder = Files.createTempDirectory("sallyport");
      try {
        TestPki.writeTo(folder);
        return GatewayConfig.parse(whole, folder);
      } finally {
        try (Stream<Path> files = Files.walk(folder)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (InvalidConfiguration | IOException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }
}
