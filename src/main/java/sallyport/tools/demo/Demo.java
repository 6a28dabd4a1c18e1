package sallyport.tools.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Gateway;
import sallyport.tools.pki.DevelopmentPki;

/** The demo backend with the gateway in front of it, both on loopback only. */
public final class Demo implements AutoCloseable {
  /**
   * Ports of the gateway; 0 asks the operating system for a free port.
   *
   * @param http 0 to 65535
   * @param https 0 to 65535
   * @param admin 0 to 65535
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
   * Makes the development PKI when it is not there, then starts the backend, then the gateway.
   *
   * @param certificates the folder of the development PKI
   * @throws IOException when the PKI cannot be written or a port cannot be bound
   * @throws InvalidConfiguration when what lies in the folder cannot be used: mostly, it has
   *     expired
   */
  public static Demo start(Path certificates, Ports ports)
      throws IOException, InvalidConfiguration {
    DevelopmentPki.create(certificates);
    DemoBackend backend = DemoBackend.start(certificates);
    try {
      GatewayConfig config =
          GatewayConfig.parse(configuration(ports, backend.address().getPort()), certificates);
      return new Demo(backend, Gateway.start(config), config.drainTimeout());
    } catch (IOException | InvalidConfiguration | RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  /**
   * The least that a gateway in front of the demo backend needs; everything else is a default.
   *
   * @return HOCON, whose file names are relative to the folder of the development PKI
   */
  public static String configuration(Ports ports, int backendPort) {
    return """
    gateway {
      listeners {
        http { bind = "127.0.0.1:%d", redirect-to = https }
        https {
          bind = "127.0.0.1:%d"
          tls.certificates = [ { chain = "server.pem", key = "server.key" } ]
        }
      }
      routes = [ { backend = legacy } ]
      backends.legacy {
        endpoints = [ "127.0.0.1:%d" ]
        tls {
          trust = "backend-ca.pem"
          certificate { chain = "client.pem", key = "client.key" }
          server-name = "legacy.internal"
        }
      }
      admin.bind = "127.0.0.1:%d"
      lame-duck = 0s
      drain-timeout = 5s
    }
    """
        .formatted(ports.http(), ports.https(), backendPort, ports.admin());
  }

  /** Where everything listens: {@code http}, {@code https}, {@code admin} and {@code backend}. */
  public Map<String, InetSocketAddress> addresses() {
    Map<String, InetSocketAddress> addresses = new LinkedHashMap<>(gateway.addresses());
    addresses.put("backend", backend.address());
    return addresses;
  }

  /** Ends the exchanges in flight, within the drain timeout, then stops both. */
  @Override
  public void close() {
    gateway.drain(drainTimeout);
    gateway.close();
    backend.close();
  }
}
