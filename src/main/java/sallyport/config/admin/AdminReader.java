package sallyport.config.admin;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.Addresses;
import sallyport.config.address.BindAddress;
import sallyport.config.address.PeerNames;
import sallyport.config.address.PeerNames.Kind;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.listener.AdminTlsConfig;
import sallyport.config.listener.ListenerReader;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.values.HostNames;

/**
 * Reader of {@code gateway.admin}. A section takes its part away from {@code admin.bind}, which
 * serves the rest.
 */
public final class AdminReader {
  /** What the kernel takes for the path of a socket, with room for a suffix. */
  private static final int LONGEST_PATH = 100;

  private static final String UNREACHABLE =
      "; bind it to loopback or to unix:PATH, or give it tls with client-auth.mode = required, and"
          + " roles";

  private AdminReader() {}

  /**
   * @param accounts by name, for a message on certificates from ACME authorities
   * @param template of a listener, with the defaults of its TLS
   */
  public static AdminConfig read(
      ConfigReader in, Map<String, AcmeConfig> accounts, Config template) {
    Set<String> hosts = hosts(in);
    Set<AdminPart> left = EnumSet.allOf(AdminPart.class);
    left.removeIf(part -> in.has(part.key()));
    List<AdminListenerConfig> listeners = new ArrayList<>();
    if (!left.isEmpty()) {
      listeners.add(shared(in, left));
    } else if (in.has("bind")) {
      in.problem("bind", "serves nothing: metrics and control have addresses of their own");
    }
    for (AdminPart part : AdminPart.values()) {
      if (!left.contains(part)) {
        listeners.add(section(in.section(part.key()), part, accounts, template));
      }
    }
    in.finish();
    return new AdminConfig(hosts, List.copyOf(listeners));
  }

  private static AdminListenerConfig shared(ConfigReader in, Set<AdminPart> parts) {
    AdminBind.Tcp bind = new AdminBind.Tcp(Addresses.bind(in, "bind"));
    if (parts.contains(AdminPart.CONTROL) && !bind.isLoopback()) {
      in.problem(
          "bind",
          "control without TLS is for this machine alone, and "
              + bind
              + " is not loopback: write metrics { bind = \""
              + bind
              + "\" } for /metrics, /healthz and /readyz, and leave control on loopback");
    }
    return new AdminListenerConfig(
        TlsListenerConfig.ADMIN,
        Set.copyOf(parts),
        bind,
        /* tls= */ null,
        RolesConfig.NONE,
        in.location());
  }

  private static AdminListenerConfig section(
      ConfigReader in, AdminPart part, Map<String, AcmeConfig> accounts, Config template) {
    String name = TlsListenerConfig.ADMIN + "." + part.key();
    AdminBind bind = bind(in, part);
    @Nullable AdminTlsConfig tls = null;
    if (in.has("tls")) {
      tls =
          new AdminTlsConfig(
              name,
              ListenerReader.tls(in.section("tls", template.getConfig("tls")), accounts),
              in.location());
      if (tls.tls().certificates().stream().anyMatch(CertificateConfig.Acme.class::isInstance)) {
        in.problem(
            "tls",
            "authorities issue certificates for listeners: write { chain = FILE, key = FILE }");
      }
    }
    RolesConfig roles = RolesConfig.NONE;
    if (part == AdminPart.CONTROL) {
      roles = roles(in.section("roles"));
      checkControl(in, bind, tls, roles);
    }
    in.finish();
    return new AdminListenerConfig(name, Set.of(part), bind, tls, roles, in.location());
  }

  private static AdminBind bind(ConfigReader in, AdminPart part) {
    String text = in.string("bind");
    if (!text.startsWith(AdminBind.UNIX)) {
      return new AdminBind.Tcp(Addresses.bind(in, "bind"));
    }
    String path = text.substring(AdminBind.UNIX.length());
    if (part != AdminPart.CONTROL) {
      in.problem("bind", "is a Unix socket, which control alone can have");
    } else if (!path.startsWith("/") || path.length() > LONGEST_PATH || path.indexOf('\0') >= 0) {
      in.problem(
          "bind",
          "must be unix: and an absolute path of at most "
              + LONGEST_PATH
              + " characters, is '"
              + text
              + "'");
    } else {
      return new AdminBind.Unix(Path.of(path));
    }
    return new AdminBind.Tcp(new BindAddress("127.0.0.1", 0));
  }

  private static RolesConfig roles(ConfigReader in) {
    String none = "gives the role to no certificate; leave it out for that";
    RolesConfig roles = new RolesConfig(names(in, "read", none), names(in, "operate", none));
    in.finish();
    return roles;
  }

  private static Set<String> names(ConfigReader in, String key, String whenEmpty) {
    return PeerNames.read(in, key, whenEmpty, Kind.DNS, Kind.URI, Kind.EMAIL, Kind.SHA256);
  }

  /** Control is for this machine, or for operators with certificates and roles. */
  private static void checkControl(
      ConfigReader in, AdminBind bind, @Nullable AdminTlsConfig tls, RolesConfig roles) {
    boolean named = !roles.equals(RolesConfig.NONE);
    if (tls == null) {
      if (named) {
        in.problem("roles", "are by the names of certificates: they need tls");
      }
      if (bind instanceof AdminBind.Tcp tcp && !tcp.isLoopback()) {
        in.problem(
            "bind",
            tcp + " is not loopback, and without tls any host could give orders" + UNREACHABLE);
      }
    } else if (bind instanceof AdminBind.Unix) {
      in.problem("tls", "is for the network: a Unix socket tells who its peer is");
    } else if (tls.tls().clientAuth().mode() != ClientAuthConfig.Mode.REQUIRED) {
      in.problem(
          "tls", "needs client-auth.mode = required: any client could give orders otherwise");
    } else if (tls.tls().clientAuth().host() != ClientAuthConfig.Host.SERVER_NAME) {
      in.problem("tls", "has client-auth.host, which is for requests to backends: use hosts");
    } else if (!named) {
      in.problem("roles", "has neither read nor operate: no certificate could do anything");
    }
  }

  private static Set<String> hosts(ConfigReader in) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String written : in.strings("hosts")) {
      String name = HostNames.withoutRoot(written.toLowerCase(Locale.ROOT));
      if (PeerNames.HOST.matcher(name).matches()) {
        hosts.add(name);
      } else {
        in.problem(
            "hosts",
            "'"
                + written
                + "' is no host name; write one such as gateway-1.clinic.example, without"
                + " a port and without wildcards");
      }
    }
    return Set.copyOf(hosts);
  }
}
