package sallyport.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import sallyport.config.ConfigException;
import sallyport.config.GatewayConfig;
import sallyport.gateway.Gateway;
import sallyport.pki.DevelopmentPki;

/** A gateway in front of a demanding backend, with certificates made on the spot. */
public final class Demo implements AutoCloseable {
  /**
   * Where the three listeners bind on loopback; 0 lets the system pick.
   *
   * @param http the redirecting one
   * @param https the forwarding one
   * @param admin metrics and health
   */
  public record Ports(int http, int https, int admin) {}

  private final DemoBackend backend;
  private final Gateway gateway;
  private final Duration drainTimeout;

  private Demo(DemoBackend backend, Gateway gateway, Duration drainTimeout) {
    this.backend = backend;
    this.gateway = gateway;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Makes the development PKI in this folder where it is not complete, and starts both.
   *
   * @throws IOException when the folder cannot be written or a port is taken
   * @throws ConfigException when certificates that are there cannot be used, expired ones mostly
   */
  public static Demo start(Path pki, Ports ports) throws IOException, ConfigException {
    if (!DevelopmentPki.isComplete(pki)) {
      DevelopmentPki.create(pki);
    }
    DemoBackend backend = DemoBackend.start(pki);
    try {
      GatewayConfig config = GatewayConfig.parse(configuration(ports, backend.port()), pki);
      return new Demo(backend, Gateway.start(config), config.drainTimeout());
    } catch (IOException | ConfigException | RuntimeException failed) {
      backend.close();
      throw failed;
    }
  }

  private static String configuration(Ports ports, int backendPort) {
    return """
        gateway {
          listeners {
            http { bind = "127.0.0.1:%d", redirect-to = https }
            https {
              bind = "127.0.0.1:%d"
              tls.certificates = [ { chain = server.pem, key = server.key } ]
            }
          }
          routes = [ { backend = demo } ]
          backends.demo {
            endpoints = [ "127.0.0.1:%d" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:%d"
          drain-timeout = 5s
        }
        """
        .formatted(ports.http(), ports.https(), backendPort, ports.admin());
  }

  /** The bound addresses of the gateway: {@code http}, {@code https} and {@code admin}. */
  public Map<String, InetSocketAddress> addresses() {
    return gateway.addresses();
  }

  /** Where the backend listens, for those who want to see it refuse them. */
  public int backendPort() {
    return backend.port();
  }

  /** Lets exchanges in flight end, then stops both. */
  @Override
  public void close() {
    gateway.drain(drainTimeout);
    gateway.close();
    backend.close();
  }
}
