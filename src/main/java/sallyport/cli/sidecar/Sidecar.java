package sallyport.cli.sidecar;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.BindAddress;
import sallyport.config.address.HostPort;
import sallyport.config.address.LocalAddress;

/**
 * Sidecar: mutual TLS on the side of the network, plain on the side of this machine. It stands for
 * a configuration and has no data path of its own. Immutable.
 *
 * @param listen where it listens; a literal loopback address for {@link Outward}
 * @param files of the side with TLS
 * @param direction which side has TLS
 * @param tcp TCP streams; HTTP without it
 * @param idle of streams, in the words of the configuration; null for the default
 * @param preset of HTTP, in the words of the configuration; null for none
 * @param admin address of the admin listener
 * @param handOver socket by which the next process takes over; null for none
 */
record Sidecar(
    BindAddress listen,
    Files files,
    Direction direction,
    boolean tcp,
    @Nullable String idle,
    @Nullable String preset,
    BindAddress admin,
    @Nullable Path handOver) {
  /**
   * Files of the side with TLS, with absolute paths.
   *
   * @param trust authorities of the peers
   */
  record Files(Path certificate, Path key, Path trust) {}

  /** Direction of the connections. */
  sealed interface Direction {}

  /**
   * From the network to a service of this machine.
   *
   * @param to address of the service
   * @param allow names of the clients, in the words of the configuration; at least one
   * @param peerUser who listens at the Unix socket; null for this process's own user and root
   * @param trustedProxies ranges whose forwarding fields pass; empty for none
   */
  record Inward(
      LocalAddress to, List<String> allow, @Nullable String peerUser, List<String> trustedProxies)
      implements Direction {}

  /**
   * From programs of this machine to a partner.
   *
   * @param to address of the partner, a name or a literal
   * @param serverName name to verify; null for the host of the address
   */
  record Outward(HostPort to, @Nullable String serverName) implements Direction {
    /** Returns the Host of requests (RFC 9110 section 7.2), without a port. */
    private String requestHost() {
      String host = serverName == null ? to.host() : serverName;
      return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }
  }

  /** Returns the configuration, which {@code run -c} takes as a file. */
  String hocon() {
    return """
    # Made by sallyport sidecar. The options stand behind the keys that they set.
    gateway {
      listeners.sidecar {
        bind = %s                  # --listen
    %s%s  }
    %s  backends.service {
    %s  }
      runtime.workers = 1
      runtime.max-buffer-memory = 32MiB
      admin.bind = %s              # --admin
    %s}
    """
        .formatted(
            quoted(listen), side(), streams(), routes(), behind(), quoted(admin), handOverLine());
  }

  private String side() {
    return switch (direction) {
      case Inward inward ->
          """
              tls {
                certificates = [ { chain = %s, key = %s } ]   # --certificate, --key
                client-auth {
                  mode = required
                  trust = %s               # --trust
                  allow = %s               # --allow
          %s      }
              }
          %s"""
              .formatted(
                  quoted(files.certificate()),
                  quoted(files.key()),
                  quoted(files.trust()),
                  list(inward.allow()),
                  tcp ? "" : "        host = any             # the client's, by the gateway\n",
                  proxies(inward.trustedProxies()));
      case Outward outward -> "    plain = local\n";
    };
  }

  /** A proxy that may say for whom it speaks may also say which user that is. */
  private String proxies(List<String> ranges) {
    if (ranges.isEmpty()) {
      return "";
    }
    return "    trusted-proxies = %s         # --trusted-proxies\n".formatted(list(ranges))
        + (tcp ? "" : "    http.identity-fields.user = trusted\n");
  }

  private String streams() {
    if (!tcp) {
      return "";
    }
    return "    forward-to = service           # --tcp\n"
        + (idle == null
            ? ""
            : "    timeouts.idle = %s             # --idle\n".formatted(quoted(idle)));
  }

  private String routes() {
    if (tcp) {
      return "";
    }
    String host =
        switch (direction) {
          case Inward inward -> "";
          case Outward outward -> ", rewrite.host = " + quoted(outward.requestHost());
        };
    String limits = preset == null ? "" : ", preset = " + quoted(preset);
    return "  routes = [ { backend = service%s%s } ]\n".formatted(host, limits);
  }

  private String behind() {
    return switch (direction) {
      case Inward inward ->
          "    endpoints = [ %s ]             # --to\n    plain = local\n"
                  .formatted(quoted(inward.to()))
              + (inward.peerUser() == null
                  ? ""
                  : "    peer-user = %s             # --peer-user\n"
                      .formatted(quoted(inward.peerUser())));
      case Outward outward ->
          """
              endpoints = [ %s ]             # --to
              tls {
                trust = %s                 # --trust
                certificate { chain = %s, key = %s }   # --certificate, --key
          %s    }
          """
              .formatted(
                  quoted(outward.to()),
                  quoted(files.trust()),
                  quoted(files.certificate()),
                  quoted(files.key()),
                  outward.serverName() == null
                      ? ""
                      : "      server-name = %s           # --server-name\n"
                          .formatted(quoted(outward.serverName())));
    };
  }

  private String handOverLine() {
    return handOver == null
        ? ""
        : "  hand-over.socket = %s        # --hand-over\n".formatted(quoted(handOver));
  }

  private static String list(List<String> values) {
    return values.stream().map(Sidecar::quoted).collect(Collectors.joining(", ", "[ ", " ]"));
  }

  /** Returns a string of JSON (RFC 8259 section 7), in which HOCON substitutes nothing. */
  private static String quoted(Object value) {
    StringBuilder text = new StringBuilder("\"");
    value
        .toString()
        .chars()
        .forEach(
            each -> {
              if (each == '"' || each == '\\') {
                text.append('\\').append((char) each);
              } else if (each < ' ') {
                text.append("\\u%04x".formatted(each));
              } else {
                text.append((char) each);
              }
            });
    return text.append('"').toString();
  }
}
