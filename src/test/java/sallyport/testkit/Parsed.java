package sallyport.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.problem.InvalidConfiguration;

/** Configurations for units: read as a gateway reads them, with files that are never opened. */
public final class Parsed {
  private static final List<String> FILES =
      List.of("server.pem", "server.key", "backend-ca.pem", "client.pem", "client.key");

  private Parsed() {}

  public static GatewayConfig of(Setup setup) {
    try {
      Path folder = Files.createTempDirectory("sallyport");
      try {
        for (String file : FILES) {
          Files.createFile(folder.resolve(file));
        }
        return GatewayConfig.parse(setup.hocon(), folder);
      } finally {
        for (String file : FILES) {
          Files.deleteIfExists(folder.resolve(file));
        }
        Files.delete(folder);
      }
    } catch (InvalidConfiguration e) {
      throw new AssertionError(e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The limits of a listener that has these, and the defaults for the others. */
  public static LimitsConfig limits(String hocon) {
    GatewayConfig config = of(Setup.to("127.0.0.1:1").limits(hocon));
    return Objects.requireNonNull(config.listeners().get("https")).limits();
  }
}
