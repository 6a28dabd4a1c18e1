package sallyport.testkit;

import java.util.Arrays;
import java.util.stream.Collectors;

/** A configuration as an operator would write it, with the part that a test is about filled in. */
public final class Setup {
  private final String endpoints;
  private int loops = Loops.COUNT;
  private String listener = "";
  private String limits = "";
  private String route = "";
  private String routes = "";
  private String backend = "";
  private String tls = "";
  private String upstreamTls = "";
  private String gateway = "";
  private String certificates = "[ { chain = server.pem, key = server.key } ]";

  private Setup(String endpoints) {
    this.endpoints = endpoints;
  }

  public static Setup to(Origin... origins) {
    return to(Arrays.stream(origins).map(Origin::address).toArray(String[]::new));
  }

  public static Setup to(String... endpoints) {
    return new Setup(
        Arrays.stream(endpoints)
            .map(endpoint -> '"' + endpoint + '"')
            .collect(Collectors.joining(", ")));
  }

  /** Endpoints as a configuration writes them, such as objects. */
  public static Setup toEndpoints(String... hocon) {
    return new Setup(String.join(", ", hocon));
  }

  /**
   * One event loop in every lane: for a test whose claim is about a single loop, such as which of
   * its connections a pool reuses.
   */
  public Setup oneLoop() {
    loops = 1;
    return this;
  }

  /** More of the TLS listener. */
  public Setup listener(String hocon) {
    listener = hocon;
    return this;
  }

  /** More of the limits of both listeners. */
  public Setup limits(String hocon) {
    limits = hocon;
    return this;
  }

  /** More of the listener's tls. */
  public Setup tls(String hocon) {
    tls = hocon;
    return this;
  }

  public Setup certificates(String hocon) {
    certificates = hocon;
    return this;
  }

  /** More of the one route. */
  public Setup route(String hocon) {
    route = hocon;
    return this;
  }

  /** In place of the one route. */
  public Setup routes(String hocon) {
    routes = hocon;
    return this;
  }

  /** More of the one backend. */
  public Setup backend(String hocon) {
    backend = hocon;
    return this;
  }

  /** More of the backend's tls. */
  public Setup upstreamTls(String hocon) {
    upstreamTls = hocon;
    return this;
  }

  /** More at the top. */
  public Setup gateway(String hocon) {
    gateway = hocon;
    return this;
  }

  public String hocon() {
    return """
        gateway {
          listeners {
            http { bind = "127.0.0.1:0", redirect-to = https, limits { %2$s } }
            https {
              bind = "127.0.0.1:0"
              tls { certificates = %10$s, %3$s
              }
              limits { %2$s }
              %1$s
            }
          }
          routes = [ %6$s ]
          backends.app {
            endpoints = [ %4$s ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
              %8$s
            }
            %7$s
          }
          admin.bind = "127.0.0.1:0"
          runtime.workers = %5$d
          %9$s
        }
        """
        .formatted(
            listener,
            limits,
            tls,
            endpoints,
            loops,
            routes.isEmpty() ? "{ backend = app, " + route + " }" : routes,
            backend,
            upstreamTls,
            gateway,
            certificates);
  }
}
