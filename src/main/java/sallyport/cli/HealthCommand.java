package sallyport.cli;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sallyport.config.AdminAddress;
import sallyport.config.address.BindAddress;
import sallyport.config.problem.InvalidConfiguration;

/**
 * {@code sallyport health}: what a container's health check calls. The launcher answers first where
 * it can, without a JVM, and only with yes.
 */
@Command(
    name = "health",
    mixinStandardHelpOptions = true,
    description = {
      "Asks a running gateway's admin listener whether it lives (/healthz) or is ready (/readyz).",
      "Of the configuration it reads admin.bind alone.",
      "Exit status: 0 it answers 200, 1 it does not, or nothing says where to ask."
    })
final class HealthCommand implements Callable<Integer> {
  private static final int TIMEOUT_MILLIS = 2_000;

  @Mixin private ConfigOption config;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "The admin listener, such as http://127.0.0.1:9901, in place of the configuration's.")
  private @Nullable String url;

  @Option(names = "--ready", description = "Asks for /readyz, in place of /healthz.")
  private boolean ready;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    String page = ready ? "/readyz" : "/healthz";
    String base;
    try {
      base = url == null ? base(AdminAddress.bind(config.file())) : url;
    } catch (InvalidConfiguration unknown) {
      unknown.problems().forEach(spec.commandLine().getErr()::println);
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
      spec.commandLine()
          .getErr()
          .println("--url: must be a URL such as http://127.0.0.1:9901, is '" + base + "'");
      return ExitStatus.NEGATIVE;
    }
    String answer = ask(health);
    spec.commandLine().getOut().println(health + ": " + answer);
    return answer.equals("200") ? ExitStatus.OK : ExitStatus.NEGATIVE;
  }

  /** A gateway that listens on every address is asked on loopback. */
  private static String base(BindAddress bind) {
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
