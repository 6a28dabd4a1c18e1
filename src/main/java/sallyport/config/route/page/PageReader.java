package sallyport.config.route.page;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;

/** Reader of pages. Files are read with the configuration. */
public final class PageReader {
  private static final int MAX_BODY = 1024 * 1024;
  private static final Pattern STATUS = Pattern.compile("[45][0-9]{2}");
  private static final Pattern CLASS = Pattern.compile("[45]xx");

  /** Of files, by the ends of their names. */
  private static final Map<String, String> TYPES =
      Map.of(
          ".html", "text/html; charset=utf-8",
          ".json", "application/json",
          ".txt", "text/plain; charset=utf-8",
          ".xml", "application/xml");

  private PageReader() {}

  /**
   * Reads error pages.
   *
   * @param above those of the gateway, which pages of the route take the place of
   */
  public static ErrorPagesConfig errors(ConfigReader in, ErrorPagesConfig above) {
    Map<String, Page> written = new HashMap<>();
    for (String status : in.names()) {
      if (STATUS.matcher(status).matches() || CLASS.matcher(status).matches()) {
        written.put(status, page(status, in));
      } else {
        in.problem(status, "must be a status from 400 to 599, 4xx or 5xx");
      }
    }
    Map<Integer, Page> pages = new HashMap<>(above.byStatus());
    for (int status = 400; status < 600; status++) {
      Page page = written.getOrDefault("" + status, written.get(status / 100 + "xx"));
      if (page != null) {
        pages.put(status, page);
      }
    }
    return pages.isEmpty() ? ErrorPagesConfig.NONE : new ErrorPagesConfig(Map.copyOf(pages));
  }

  private static Page page(String key, ConfigReader in) {
    Path file = in.file(key);
    String type = typeOf(key, file, in);
    return new Page(type == null ? "" : type, text(key, file, in));
  }

  /**
   * Returns the type of a file by its name.
   *
   * @param key that names the file
   * @return null if the name does not tell, which is a problem
   */
  public static @Nullable String typeOf(String key, Path file, ConfigReader in) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    for (Map.Entry<String, String> type : TYPES.entrySet()) {
      if (name.endsWith(type.getKey())) {
        return type.getValue();
      }
    }
    in.problem(
        key,
        key.equals("body-file")
            ? "'" + file + "' needs content-type: its name does not tell"
            : "'" + file + "' must end in .html, .json, .txt or .xml, which tell its type");
    return null;
  }

  /**
   * Returns what a file holds; empty, with a problem, if that is no text of up to 1 MiB.
   *
   * @param key that names the file
   */
  public static String text(String key, Path file, ConfigReader in) {
    try {
      if (!Files.isRegularFile(file)) {
        return "";
      }
      if (Files.size(file) > MAX_BODY) {
        in.problem(key, "'" + file + "' is larger than 1 MiB");
        return "";
      }
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
          .toString();
    } catch (CharacterCodingException notText) {
      in.problem(key, "'" + file + "' is not text in UTF-8");
    } catch (IOException unreadable) {
      in.problem(key, "cannot read '" + file + "': " + unreadable);
    }
    return "";
  }

  /** Reads the maintenance of a route: a section, or one word. */
  public static MaintenanceConfig maintenance(ConfigReader route) {
    ConfigReader in = route.sectionOrValue("maintenance", "on");
    boolean on = in.bool("on");
    @Nullable Path file = in.has("file") ? in.futureFile("file") : null;
    if (on && file != null) {
      in.problem("file", "has no use with on = true");
    }
    Duration retryAfter = Limits.of(MaintenanceConfig.class).duration("retry-after", in);
    in.finish();
    return new MaintenanceConfig(on, file, retryAfter);
  }
}
