package sallyport.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.jspecify.annotations.Nullable;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.config.AdminAddress;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminPart;
import sallyport.config.problem.InvalidConfiguration;

/**
 * {@code sallyport health}, for the health check of a container. The launcher answers a healthy
 * gateway without a JVM where it can, and calls this command otherwise.
 */
final class HealthCommand implements Command {
  private static final int TIMEOUT_MILLIS = 2_000;

  private static final Option READY =
      Option.builder().longOpt("ready").desc("Asks for /readyz, in place of /healthz.").get();

  @Override
  public String name() {
    return "health";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Asks a running gateway's admin listener whether it lives (/healthz) or is ready"
            + " (/readyz).",
        "Of the configuration it reads the address alone: admin.metrics.bind, or admin.bind.",
        "Exit status: 0 it answers 200, 1 it does not, or nothing says where to ask.");
  }

  @Override
  public List<Option> options() {
    return List.of(ConfigFile.OPTION, AdminUrl.OPTION, READY);
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err) {
    @Nullable String url = line.getOptionValue(AdminUrl.OPTION);
    String page = line.hasOption(READY) ? "/readyz" : "/healthz";
    String base;
    try {
      base = url == null ? base(AdminAddress.of(AdminPart.METRICS, ConfigFile.of(line))) : url;
    } catch (InvalidConfiguration unknown) {
      unknown.problems().forEach(err::println);
      return ExitStatus.NEGATIVE;
    }
    URI health;
    try {
      URI asked = URI.create(base);
      String path = String.valueOf(asked.getPath());
      health = path.isEmpty() || path.equals("/") ? asked.resolve(page) : asked;
      if (!"http".equals(health.getScheme()) || health.getHost() == null) {
        throw new IllegalArgumentException("not http://ADDRESS:PORT");
      }
    } catch (IllegalArgumentException noUrl) {
      err.println("--url: must be a URL such as http://127.0.0.1:9901, is '" + base + "'");
      return ExitStatus.NEGATIVE;
    }
    String answer = ask(health);
    out.println(health + ": " + answer);
    return answer.equals("200") ? ExitStatus.OK : ExitStatus.NEGATIVE;
  }

  /** Returns the URL of an address; loopback stands for a wildcard address. */
  private static String base(AdminAddress.Target target) throws InvalidConfiguration {
    if (target.tls() || !(target.bind() instanceof AdminBind.Tcp(BindAddress bind))) {
      throw new InvalidConfiguration(
          List.of("admin.metrics has tls: ask https://%s with curl".formatted(target.bind())));
    }
    String host =
        switch (bind.host()) {
          case "0.0.0.0" -> "127.0.0.1";
          case "::" -> "::1";
          default -> bind.host();
        };
    return "http://" + new BindAddress(host, bind.port());
  }

  private static String ask(URI health) {
    try {
      var connection = (HttpURLConnection) health.toURL().openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      connection.setInstanceFollowRedirects(false);
      return String.valueOf(connection.getResponseCode());
    } catch (IOException notServing) {
      return String.valueOf(notServing.getMessage());
    }
  }
}
