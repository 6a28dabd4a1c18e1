package sallyport.cli.sidecar;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.Addresses;
import sallyport.config.address.BindAddress;
import sallyport.config.address.HostPort;
import sallyport.config.address.LocalAddress;
import sallyport.config.address.PeerNames;
import sallyport.config.address.PeerNames.Kind;
import sallyport.config.problem.InvalidConfiguration;

/**
 * Reader of the options of {@code sidecar}. It reports every value that cannot be used, each by its
 * option. Values that it passes on are checked where configurations are read.
 */
final class SidecarOptions {
  private static final Option LISTEN =
      option("listen", "ADDRESS:PORT", "Where it listens; with --client 127.0.0.1:PORT or alike.");
  private static final Option TO =
      option(
          "to",
          "ADDRESS",
          "The service: unix:/PATH, 127.0.0.1:PORT or [::1]:PORT. With --client the partner:"
              + " HOST:PORT.");
  private static final Option CERTIFICATE =
      option("certificate", "FILE", "Its certificate with the chain, PEM.");
  private static final Option KEY = option("key", "FILE", "The key of the certificate, PEM.");
  private static final Option TRUST =
      option("trust", "FILE", "The authorities of the other side's certificates, PEM.");
  private static final Option ALLOW =
      several(
          "allow",
          "NAME...",
          "The clients: dns:NAME, uri:URI, email:MAILBOX or sha256:FINGERPRINT, without wildcards."
              + " A host name and spiffe://... need no prefix. Not with --client.");
  private static final Option CLIENT =
      Option.builder()
          .longOpt("client")
          .desc("Plain from programs of this machine, mutual TLS to a partner.")
          .get();
  private static final Option TCP =
      Option.builder().longOpt("tcp").desc("Forwards TCP streams. Default: HTTP.").get();
  static final Option PRINT =
      Option.builder()
          .longOpt("print")
          .desc("Prints the configuration, which run -c takes, and ends.")
          .get();
  private static final Option SERVER_NAME =
      option(
          "server-name", "NAME", "With --client: the name to verify. Default: the host of --to.");
  private static final Option PEER_USER =
      option(
          "peer-user",
          "USER",
          "Who listens at the Unix socket, a name or a number. Default: the sidecar's own user, or"
              + " root.");
  private static final Option TRUSTED_PROXIES =
      several(
          "trusted-proxies",
          "RANGE...",
          "Clients whose X-Forwarded-For and identity fields pass, such as 10.0.0.5/32. Default:"
              + " none.");
  private static final Option PRESET =
      option("preset", "NAME", "Limits and times of HTTP: dicomweb|long-poll|sse|soap.");
  private static final Option IDLE =
      option("idle", "TIME", "With --tcp: ends streams that are silent for so long. Default: 1h.");
  private static final Option ADMIN =
      option(
          "admin",
          "ADDRESS:PORT",
          "Metrics, health and control, on loopback. Default: 127.0.0.1:0, any free port.");
  private static final Option HAND_OVER =
      option("hand-over", "PATH", "The socket by which the next process takes over.");

  /** All options, in the order of the help. */
  static final List<Option> ALL =
      List.of(
          LISTEN,
          TO,
          CERTIFICATE,
          KEY,
          TRUST,
          ALLOW,
          CLIENT,
          TCP,
          PRINT,
          SERVER_NAME,
          PEER_USER,
          TRUSTED_PROXIES,
          PRESET,
          IDLE,
          ADMIN,
          HAND_OVER);

  private static final Set<Kind> NAMES = EnumSet.of(Kind.DNS, Kind.URI, Kind.EMAIL, Kind.SHA256);
  private static final String LOOPBACK = "127.0.0.1:0";

  /** Stands in for an address that cannot be used. */
  private static final LocalAddress STAND_IN = new LocalAddress.Loopback("127.0.0.1", 1);

  private final CommandLine line;
  private final List<String> problems = new ArrayList<>();

  private SidecarOptions(CommandLine line) {
    this.line = line;
  }

  /**
   * Reads the options.
   *
   * @throws ParseException for an option that is missing, and for one that does not go with another
   * @throws InvalidConfiguration with every value that cannot be used
   */
  static Sidecar read(CommandLine line) throws ParseException, InvalidConfiguration {
    boolean client = line.hasOption(CLIENT);
    for (Option needed : List.of(LISTEN, TO, CERTIFICATE, KEY, TRUST)) {
      if (!line.hasOption(needed)) {
        throw new ParseException(nameOf(needed) + " " + needed.getArgName() + " is missing");
      }
    }
    if (!client && !line.hasOption(ALLOW)) {
      throw new ParseException(
          "--allow NAME... is missing: without a name no client is accepted, and there is no word for"
              + " all");
    }
    refuse(line, client, "--client", List.of(ALLOW, PEER_USER, TRUSTED_PROXIES));
    refuse(line, line.hasOption(TCP), "--tcp", List.of(PRESET));
    demand(line, client, "--client", SERVER_NAME);
    demand(line, line.hasOption(TCP), "--tcp", IDLE);
    SidecarOptions options = new SidecarOptions(line);
    Sidecar sidecar = options.read(client);
    if (!options.problems.isEmpty()) {
      throw new InvalidConfiguration(options.problems);
    }
    return sidecar;
  }

  private static void refuse(CommandLine line, boolean given, String with, List<Option> options)
      throws ParseException {
    for (Option option : options) {
      if (given && line.hasOption(option)) {
        throw new ParseException(nameOf(option) + " does not go with " + with);
      }
    }
  }

  private static void demand(CommandLine line, boolean given, String with, Option option)
      throws ParseException {
    if (!given && line.hasOption(option)) {
      throw new ParseException(nameOf(option) + " goes with " + with + " alone");
    }
  }

  private Sidecar read(boolean client) {
    return new Sidecar(
        client ? localBind() : bind(LISTEN, line.getOptionValue(LISTEN)),
        new Sidecar.Files(file(CERTIFICATE), file(KEY), file(TRUST)),
        client ? outward() : inward(),
        line.hasOption(TCP),
        line.getOptionValue(IDLE),
        line.getOptionValue(PRESET),
        bind(ADMIN, line.getOptionValue(ADMIN, LOOPBACK)),
        line.hasOption(HAND_OVER) ? file(HAND_OVER) : null);
  }

  private Sidecar.Inward inward() {
    List<String> allow = new ArrayList<>();
    for (String written : line.getOptionValues(ALLOW)) {
      String name = name(written);
      if (name == null) {
        problem(
            ALLOW,
            "'%s' is not one of dns:NAME, uri:URI, email:MAILBOX, sha256:FINGERPRINT; names are taken as"
                    .formatted(written)
                + " they are written, without wildcards");
      } else {
        allow.add(name);
      }
    }
    List<String> proxies =
        line.hasOption(TRUSTED_PROXIES)
            ? List.of(line.getOptionValues(TRUSTED_PROXIES))
            : List.of();
    return new Sidecar.Inward(service(), allow, line.getOptionValue(PEER_USER), proxies);
  }

  /** Returns the name with its prefix; null if it is invalid. */
  private static @Nullable String name(String written) {
    String name = PeerNames.parse(written, NAMES);
    if (name != null || !(written.indexOf(':') < 0 || written.startsWith("spiffe://"))) {
      return name;
    }
    return PeerNames.text(written.indexOf(':') < 0 ? Kind.DNS : Kind.URI, written);
  }

  private Sidecar.Outward outward() {
    HostPort to = Addresses.parse(line.getOptionValue(TO));
    if (to == null || to.port() == 0) {
      problem(
          TO,
          "must be HOST:PORT such as partner.example:443, is '%s'"
              .formatted(line.getOptionValue(TO)));
      to = new HostPort("invalid", 1);
    }
    return new Sidecar.Outward(to, line.getOptionValue(SERVER_NAME));
  }

  private BindAddress localBind() {
    return switch (value(LISTEN, LocalAddress::parse, STAND_IN)) {
      case LocalAddress.Loopback loopback -> loopback.bind();
      case LocalAddress.UnixSocket socket -> {
        problem(LISTEN, "must be 127.0.0.1:PORT or [::1]:PORT, and no Unix socket");
        yield new BindAddress("127.0.0.1", 0);
      }
    };
  }

  private BindAddress bind(Option option, String text) {
    BindAddress address = Addresses.bind(text);
    if (address == null) {
      problem(
          option,
          "must be ADDRESS:PORT such as 0.0.0.0:9443, [::]:9443 or *:9443, is '%s'"
              .formatted(text));
      return new BindAddress("127.0.0.1", 0);
    }
    return address;
  }

  private LocalAddress service() {
    LocalAddress address = value(TO, LocalAddress::parse, STAND_IN);
    if (address instanceof LocalAddress.Loopback loopback && loopback.port() == 0) {
      problem(TO, "needs the port of the service, 1 to 65535");
    }
    return address;
  }

  private Path file(Option option) {
    return value(option, text -> Path.of(text).toAbsolutePath(), Path.of("invalid"));
  }

  private <T> T value(Option option, Function<String, T> parser, T invalid) {
    try {
      return parser.apply(line.getOptionValue(option));
    } catch (InvalidPathException noPath) {
      problem(option, "must be a path, is '%s'".formatted(line.getOptionValue(option)));
    } catch (IllegalArgumentException unusable) {
      problem(option, String.valueOf(unusable.getMessage()));
    }
    return invalid;
  }

  private void problem(Option option, String text) {
    problems.add(nameOf(option) + ": " + text);
  }

  private static String nameOf(Option option) {
    return "--" + option.getLongOpt();
  }

  private static Option option(String name, String value, String description) {
    return Option.builder().longOpt(name).hasArg().argName(value).desc(description).get();
  }

  private static Option several(String name, String value, String description) {
    return Option.builder().longOpt(name).hasArgs().argName(value).desc(description).get();
  }
}
