package sallyport.config.address;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Address that no octet leaves this machine for: a literal loopback address with a port, or a Unix
 * socket. It is never a name, because a hosts file or DNS says where a name leads. Immutable. Any
 * thread.
 */
public sealed interface LocalAddress {
  /** The prefix of the path of a Unix socket. */
  String UNIX = "unix:";

  /** The longest path of a Unix socket in octets: below the limit of the kernel, 107. */
  int LONGEST_PATH = 100;

  /**
   * Loopback address.
   *
   * @param host 127.x.y.z, or {@code ::1}
   * @param port 0 to 65535
   */
  record Loopback(String host, int port) implements LocalAddress {
    /** Returns the address as a listener binds it. */
    public BindAddress bind() {
      return new BindAddress(host, port);
    }

    /** Returns the address as {@link #parse} takes it, IPv6 in brackets. */
    @Override
    public String toString() {
      return HostPort.text(host, port);
    }
  }

  /**
   * Unix socket.
   *
   * @param path absolute, without {@code .} and {@code ..}
   */
  record UnixSocket(Path path) implements LocalAddress, EndpointAddress {
    /** Returns the address as {@link #parse} takes it. */
    @Override
    public String toString() {
      return UNIX + path;
    }
  }

  /** Returns whether a text is meant as the address of a Unix socket. */
  static boolean isUnix(String text) {
    return text.startsWith(UNIX);
  }

  /**
   * Returns the address of a text: {@code 127.x.y.z:PORT}, {@code [::1]:PORT} or {@code
   * unix:/PATH}.
   *
   * @throws IllegalArgumentException for every other text, with the reason and what to write
   */
  static LocalAddress parse(String text) {
    return isUnix(text) ? Parser.unix(text.substring(UNIX.length()), text) : Parser.loopback(text);
  }

  /** Parser of texts. It asks no resolver. */
  final class Parser {
    private static final String FORMS = "127.0.0.1:PORT, [::1]:PORT or unix:/PATH";

    /** Four decimal numbers. A leading zero is octal for some systems and decimal for others. */
    private static final Pattern DOTTED_QUAD =
        Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

    /** Other forms of an IPv4 address that systems read: 127.1, 0x7f000001, 0177.0.0.1. */
    private static final Pattern OTHER_IPV4 =
        Pattern.compile("(0[xX][0-9a-fA-F]+|[0-9]+)(\\.(0[xX][0-9a-fA-F]+|[0-9]+)){0,3}\\.?");

    private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");

    private Parser() {}

    private static UnixSocket unix(String path, String text) {
      Path parsed = path.startsWith("/") ? path(path) : null;
      if (parsed == null
          || parsed.getFileName() == null
          || !parsed.equals(parsed.normalize())
          || path.chars().anyMatch(Character::isISOControl)
          || path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
        throw new IllegalArgumentException(
            "must be unix: and an absolute path without . and .. of at most %d octets, is '%s'"
                .formatted(LONGEST_PATH, text));
      }
      return new UnixSocket(parsed);
    }

    private static @Nullable Path path(String path) {
      try {
        return Path.of(path);
      } catch (InvalidPathException noPath) {
        return null;
      }
    }

    private static Loopback loopback(String text) {
      int colon = text.lastIndexOf(':');
      String port = text.substring(colon + 1);
      if (colon <= 0 || !PORT.matcher(port).matches() || Integer.parseInt(port) > 65_535) {
        throw new IllegalArgumentException("must be %s, is '%s'".formatted(FORMS, text));
      }
      String host = text.substring(0, colon);
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      if (bracketed) {
        host = host.substring(1, host.length() - 1);
      }
      String problem = bracketed ? problemOfIpv6(host) : problemOfIpv4(host);
      if (problem != null) {
        throw new IllegalArgumentException("'%s' %s; write %s".formatted(text, problem, FORMS));
      }
      return new Loopback(bracketed ? "::1" : host, Integer.parseInt(port));
    }

    private static @Nullable String problemOfIpv4(String host) {
      if (DOTTED_QUAD.matcher(host).matches()) {
        InetAddress address = literal(host);
        return address == null ? "is not an address" : problem(address);
      }
      if (OTHER_IPV4.matcher(host).matches()) {
        return "is not four decimal numbers without leading zeros, which systems read in"
            + " different ways";
      }
      return host.indexOf(':') >= 0 || host.indexOf('/') >= 0
          ? "is not an address with a port"
          : "is a name, and a hosts file or DNS says where a name leads";
    }

    private static @Nullable String problemOfIpv6(String host) {
      if (host.indexOf('%') >= 0) {
        return "has a scope, which is an interface of a network";
      }
      InetAddress address = host.indexOf(':') >= 0 ? literal(host) : null;
      if (address == null) {
        return "is not an IPv6 address";
      }
      if (address instanceof Inet4Address) {
        return "is an IPv4 address in the form of IPv6";
      }
      return host.indexOf('.') >= 0 ? "has an IPv4 address in it" : problem(address);
    }

    private static @Nullable InetAddress literal(String host) {
      try {
        return InetAddress.ofLiteral(host);
      } catch (IllegalArgumentException notAnAddress) {
        return null;
      }
    }

    private static @Nullable String problem(InetAddress address) {
      if (address.isLoopbackAddress()) {
        return null;
      }
      return address.isAnyLocalAddress()
          ? "stands for all addresses of this machine, those of its networks too"
          : "is an address of a network";
    }
  }
}
