package sallyport.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import org.jspecify.annotations.Nullable;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.cli.command.Operands;
import sallyport.config.AdminAddress;
import sallyport.config.address.Addresses;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminPart;
import sallyport.config.problem.InvalidConfiguration;

/**
 * Command to a running gateway: {@code status}, {@code reload}, {@code drain}, {@code undrain}.
 *
 * @param description as {@link Command#description}
 * @param own options beside those of every command to a running gateway
 * @param request makes the method and the target of the request, with one blank between
 * @param patience how long an answer may take
 */
record ControlCommand(
    String name,
    List<String> description,
    List<Option> own,
    Operands operands,
    Function<CommandLine, String> request,
    Duration patience)
    implements Command {
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** Files, commands and tokens have {@code keys.open-timeout} each. */
  private static final Duration LONG = Duration.ofMinutes(15);

  private static final Option FORMAT =
      Option.builder()
          .longOpt("format")
          .hasArg()
          .argName("text|json")
          .desc("The form of the output. Default: text.")
          .get();
  private static final Option ALLOW_WEAKEN =
      Option.builder()
          .longOpt("allow-weaken")
          .hasArg()
          .argName("REASON")
          .desc("Allows settings that loosen security, once; the audit log keeps the reason.")
          .get();
  private static final Option REASON =
      Option.builder()
          .longOpt("reason")
          .hasArg()
          .argName("TEXT")
          .desc("Why, for the audit log.")
          .get();
  private static final Option FORCE =
      Option.builder()
          .longOpt("force")
          .desc("Drains the endpoint even if no other endpoint of its backend is in service.")
          .get();

  private static final String ENDPOINT =
      "BACKEND/HOST:PORT, or HOST:PORT if one backend alone has it; a name is all its addresses,"
          + " an address of a name that address alone";
  private static final String STATUSES =
      "Exit status: 0 done, 1 refused, 69 no gateway answers, 78 the configuration has no address"
          + " to ask, or a certificate or key cannot be used.";

  static ControlCommand status() {
    return new ControlCommand(
        "status",
        List.of(
            "Prints the state of a running gateway: listeners, endpoints, certificates, the last"
                + " reload.",
            STATUSES),
        List.of(FORMAT),
        Operands.NONE,
        line -> "GET /status?format=" + encoded(line.getOptionValue(FORMAT, "text")),
        SHORT);
  }

  static ControlCommand reload() {
    return new ControlCommand(
        "reload",
        List.of(
            "Has a running gateway read its configuration, certificates, keys and trust again.",
            "Prints what has changed. What cannot be used, or loosens security, is refused as a"
                + " whole, and the reasons are on standard error.",
            STATUSES),
        List.of(ALLOW_WEAKEN),
        Operands.NONE,
        line -> "POST /reload" + query("allow-weaken", line.getOptionValue(ALLOW_WEAKEN)),
        LONG);
  }

  static ControlCommand drain() {
    return new ControlCommand(
        "drain",
        List.of(
            "Takes an endpoint of a backend out of service for new requests.",
            "Requests in progress go on. A reload keeps the drain while the configuration has the"
                + " endpoint; a restart ends it. 'drain off' ends all drains.",
            STATUSES),
        List.of(FORCE, REASON),
        new Operands("ENDPOINT|off", ENDPOINT, 1, 1),
        ControlCommand::drainRequest,
        SHORT);
  }

  static ControlCommand undrain() {
    return new ControlCommand(
        "undrain",
        List.of("Puts a drained endpoint of a backend back into service.", STATUSES),
        List.of(REASON),
        new Operands("ENDPOINT", ENDPOINT, 1, 1),
        line ->
            "POST /undrain"
                + query(
                    "endpoint",
                    line.getArgList().getFirst(),
                    "reason",
                    line.getOptionValue(REASON)),
        SHORT);
  }

  private static String drainRequest(CommandLine line) {
    String endpoint = line.getArgList().getFirst();
    @Nullable String reason = line.getOptionValue(REASON);
    return endpoint.equals("off")
        ? "POST /undrain" + query("reason", reason)
        : "POST /drain"
            + query(
                "endpoint",
                endpoint,
                "reason",
                reason,
                "force",
                line.hasOption(FORCE) ? "true" : null);
  }

  /** Returns a query of names and values, each name before its value; null for no value. */
  private static String query(@Nullable String... pairs) {
    StringBuilder query = new StringBuilder();
    for (int i = 0; i < pairs.length; i += 2) {
      String value = pairs[i + 1];
      if (value != null) {
        query.append(query.isEmpty() ? '?' : '&').append(pairs[i]).append('=');
        query.append(encoded(value));
      }
    }
    return query.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public List<Option> options() {
    List<Option> options = new ArrayList<>(List.of(ConfigFile.OPTION, AdminUrl.OPTION));
    options.addAll(own);
    options.addAll(ControlTls.OPTIONS);
    return options;
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err)
      throws ParseException, InvalidConfiguration {
    @Nullable String format = line.getOptionValue(FORMAT);
    if (format != null && !format.equals("text") && !format.equals("json")) {
      throw new ParseException("--format must be text or json, is '" + format + "'");
    }
    AdminAddress.Target target = target(line);
    if (!target.tls()) {
      ControlTls.refuse(line, target.bind());
    }
    ControlClient client =
        new ControlClient(target.bind(), target.tls() ? ControlTls.of(line) : null, patience);
    String[] parts = request.apply(line).split(" ", 2);
    ControlClient.Answer answer;
    try {
      answer = client.send(parts[0], parts[1]);
    } catch (ControlClient.RefusedException refused) {
      err.println(
          "the gateway at %s refuses: %s".formatted(client.address(), refused.getMessage()));
      return ExitStatus.NEGATIVE;
    } catch (IOException silent) {
      err.println("no gateway answers at %s: %s".formatted(client.address(), silent.getMessage()));
      return ExitStatus.UNAVAILABLE;
    }
    boolean done = answer.status() == 200;
    PrintWriter to = done ? out : err;
    to.print(answer.body());
    to.flush();
    return done ? ExitStatus.OK : ExitStatus.NEGATIVE;
  }

  private static AdminAddress.Target target(CommandLine line)
      throws ParseException, InvalidConfiguration {
    @Nullable String url = line.getOptionValue(AdminUrl.OPTION);
    if (url == null) {
      return AdminAddress.of(AdminPart.CONTROL, ConfigFile.of(line));
    }
    try {
      URI asked = URI.create(url);
      BindAddress address =
          asked.getAuthority() == null ? null : Addresses.bind(asked.getAuthority());
      String path = asked.getPath();
      boolean tls = "https".equals(asked.getScheme());
      if ((tls || "http".equals(asked.getScheme()))
          && address != null
          && (path.isEmpty() || path.equals("/"))) {
        return new AdminAddress.Target(new AdminBind.Tcp(address), tls);
      }
    } catch (IllegalArgumentException noUrl) {
      // Said below.
    }
    throw new ParseException(
        "--url must be a URL such as http://127.0.0.1:9901 or https://NAME:9902, is '" + url + "'");
  }
}
