package sallyport.gateway.maintenance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/**
 * File whose presence puts a route into maintenance; it is watched. Where the file system does not
 * answer, the state stays.
 *
 * <p>Any thread; one rotation at a time.
 */
public final class MaintenanceFile implements Rotatable, BooleanSupplier {
  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceFile.class);

  private final String route;
  private final Path file;
  private volatile boolean on;

  MaintenanceFile(String route, Path file) {
    this.route = route;
    this.file = file;
  }

  /**
   * Looks whether the file exists.
   *
   * @param problems takes a line if the file system does not answer
   */
  void open(List<String> problems) {
    try {
      on = exists();
    } catch (UnusableFile hangs) {
      problems.add(String.valueOf(hangs.getMessage()));
    }
  }

  private boolean exists() throws UnusableFile {
    return Sources.look("the file '" + file + "'", () -> Files.exists(file));
  }

  /** Returns whether the route is in maintenance. */
  @Override
  public boolean getAsBoolean() {
    return on;
  }

  @Override
  public Kind kind() {
    return Kind.MAINTENANCE;
  }

  @Override
  public String name() {
    return route;
  }

  @Override
  public List<Path> files() {
    return List.of(file);
  }

  @Override
  public Rotation rotate(KeyOpener keys, boolean mayLoosen) {
    boolean before = on;
    try {
      on = exists();
    } catch (UnusableFile hangs) {
      return Rotation.Refused.unusable(List.of(String.valueOf(hangs.getMessage())));
    }
    if (on == before) {
      return new Rotation.Unchanged();
    }
    LOG.info("route {}: maintenance {}, by '{}'", route, text(on), file);
    return new Rotation.Done(List.of(text(before)), List.of(text(on)), List.of());
  }

  private static String text(boolean on) {
    return on ? "on" : "off";
  }
}
