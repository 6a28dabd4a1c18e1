package sallyport.cli;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sallyport.config.BindAddress;
import sallyport.config.ConfigException;

/** {@code sallyport health}: what a container's health check calls. */
@Command(
    name = "health",
    mixinStandardHelpOptions = true,
    description = {
      "Asks a running gateway's admin listener for /healthz.",
      "Exit status: 0 it answers 200, 1 it does not."
    })
final class HealthCommand implements Callable<Integer> {
  private static final int TIMEOUT_MILLIS = 2_000;

  @Mixin private ConfigOption config;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfigException {
    URI health = healthUri(config.load().admin().bind());
    String answer = ask(health);
    spec.commandLine().getOut().println(health + ": " + answer);
    return answer.equals("200") ? ExitStatus.OK : ExitStatus.NEGATIVE;
  }

  /** A gateway that listens on every address is asked on loopback. */
  private static URI healthUri(BindAddress bind) {
    String host =
        switch (bind.host()) {
          case "0.0.0.0" -> "127.0.0.1";
          case "::" -> "::1";
          default -> bind.host();
        };
    return URI.create(
        "http://"
            + (host.indexOf(':') < 0 ? host : "[" + host + "]")
            + ":"
            + bind.port()
            + "/healthz");
  }

  private static String ask(URI health) {
    try {
      var connection = (HttpURLConnection) health.toURL().openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      return String.valueOf(connection.getResponseCode());
    } catch (IOException notServing) {
      return String.valueOf(notServing.getMessage());
    }
  }
}
