package sallyport.connect.endpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.EndpointsFileReader;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.TrustedFile;
import sallyport.credentials.sources.UnusableFile;

/**
 * Endpoints of a backend from a file that is watched. A file that cannot be used leaves the
 * endpoints in use as they are.
 *
 * <p>Any thread; one rotation at a time.
 */
public final class EndpointsFile implements Rotatable {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointsFile.class);

  /** The maximum size of a file, in bytes. */
  private static final long MAX_BYTES = 1024L * 1024;

  /** The number of endpoints that a log line names. */
  private static final int MAX_NAMED = 10;

  private final BackendConfig backend;
  private final EndpointsFileConfig config;

  /** Those of the file. */
  private volatile List<EndpointConfig> inUse;

  private EndpointsFile(
      BackendConfig backend, EndpointsFileConfig config, List<EndpointConfig> inUse) {
    this.backend = backend;
    this.config = config;
    this.inUse = inUse;
  }

  /**
   * Opens the file of a backend.
   *
   * @param problems takes a line for everything that is wrong with the file
   * @return null when anything is
   */
  public static @Nullable EndpointsFile open(
      BackendConfig backend, EndpointsFileConfig config, List<String> problems) {
    List<EndpointConfig> read = read(backend, config, problems);
    return read == null ? null : new EndpointsFile(backend, config, read);
  }

  private static @Nullable List<EndpointConfig> read(
      BackendConfig backend, EndpointsFileConfig config, List<String> problems) {
    try {
      TrustedFile.refuseOpenToAll(config.file());
      String text = new String(Sources.bytes(config.file(), MAX_BYTES), StandardCharsets.UTF_8);
      return EndpointsFileReader.read(backend, config, text);
    } catch (InvalidConfiguration invalid) {
      problems.addAll(invalid.problems());
    } catch (UnusableFile unusable) {
      problems.add(config.location().problem(String.valueOf(unusable.getMessage())));
    } catch (IOException unreadable) {
      problems.add(config.location().problem("'" + config.file() + "' cannot be read"));
    }
    return null;
  }

  /** Returns all endpoints of the backend: those of the configuration, and those of the file. */
  public List<EndpointConfig> endpoints() {
    List<EndpointConfig> all = new ArrayList<>(backend.endpoints());
    all.addAll(inUse);
    return List.copyOf(all);
  }

  @Override
  public Kind kind() {
    return Kind.ENDPOINTS;
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public List<Path> files() {
    return List.of(config.file());
  }

  @Override
  public Rotation rotate(KeyOpener keys, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    List<EndpointConfig> before = inUse;
    List<EndpointConfig> next = read(backend, config, problems);
    if (next == null) {
      return Rotation.Refused.unusable(problems);
    }
    if (next.equals(before)) {
      return new Rotation.Unchanged();
    }
    inUse = next;
    LOG.info(
        "backend {}: '{}' has {}; joined: {}; left: {}",
        backend.name(),
        config.file(),
        count(next),
        missing(before, next),
        missing(next, before));
    return new Rotation.Done(List.of(count(before)), List.of(count(next)), List.of());
  }

  private static String count(List<EndpointConfig> endpoints) {
    return endpoints.size() == 1 ? "1 endpoint" : endpoints.size() + " endpoints";
  }

  /** Names those of the second list that the first one lacks, for people. */
  private static String missing(List<EndpointConfig> in, List<EndpointConfig> from) {
    List<String> known = in.stream().map(EndpointConfig::toString).toList();
    List<String> missing =
        from.stream().map(EndpointConfig::toString).filter(each -> !known.contains(each)).toList();
    if (missing.isEmpty()) {
      return "none";
    }
    String named = missing.stream().limit(MAX_NAMED).collect(Collectors.joining(", "));
    return missing.size() > MAX_NAMED
        ? named + " and " + (missing.size() - MAX_NAMED) + " more"
        : named;
  }
}
