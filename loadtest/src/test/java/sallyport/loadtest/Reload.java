package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A reload of the gateway's configuration, as an operator does it. With {@code
 * sallyport.configuration}, the file that the gateway runs with, it is changed before; otherwise
 * the gateway takes up what it finds there, which may be what it had.
 *
 * @param admin the admin listener
 * @param configuration what to change
 */
record Reload(URI admin, Optional<Path> configuration) {
  private static final String TOTAL = "gateway_config_reloads_total";

  static Reload fromProperties(URI admin) {
    String file = System.getProperty("sallyport.configuration", "");
    return new Reload(admin, file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file)));
  }

  /** Changes the file where there is one, then asks for it to be taken up. */
  ChainBuilder step() {
    return exec(this::change)
        .exec(http("reload").post(admin.resolve("/reload").toString()).check(status().is(200)));
  }

  /** The routes again, with one more response header: so that everything open ends with its own. */
  private Session change(Session session) {
    configuration.ifPresent(
        file -> {
          try {
            Files.writeString(
                file,
                // Null first: a list may not be set twice.
                """
                gateway.routes = null
                gateway.routes = [ { backend = legacy, security-headers.set { X-Reloaded = "%d" } } ]
                """
                    .formatted(System.currentTimeMillis()),
                StandardOpenOption.APPEND);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return session;
  }

  /** Whether the gateway has counted it as it should. */
  String counted(Counters before, Counters now) {
    double applied = grown(before, now, "applied");
    double unchanged = grown(before, now, "unchanged");
    boolean reloaded = configuration.isPresent() ? applied == 1 : applied + unchanged == 1;
    return reloaded ? Claim.HOLDS : "%.0f applied, %.0f unchanged".formatted(applied, unchanged);
  }

  private static double grown(Counters before, Counters now, String outcome) {
    String tag = "outcome=\"" + outcome + "\"";
    return now.sum(TOTAL, tag) - before.sum(TOTAL, tag);
  }
}
