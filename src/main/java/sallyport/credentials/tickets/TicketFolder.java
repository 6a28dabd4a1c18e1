package sallyport.credentials.tickets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import sallyport.credentials.sources.KeyFile;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/**
 * Folder of ticket key files, which the operator copies to every replica.
 *
 * <p>The name of a file is the time from which its key seals, {@code 20260131T120000Z.key}: the
 * dates of files differ from machine to machine, names do not. A name that begins with a dot is
 * ignored, since Kubernetes and careful copiers keep their own files there; any other name is a
 * mistake and is reported.
 */
public final class TicketFolder {
  private static final int MAX_FILES = 100;
  private static final Duration MAX_AHEAD = Duration.ofDays(30);
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z.key'")
          .withResolverStyle(ResolverStyle.STRICT);

  private TicketFolder() {}

  /** Lists what is in the folder, by name; empty where that cannot be seen. */
  public static List<Path> files(Path folder) {
    try {
      return Sources.ofFile(folder, () -> list(folder), late -> {});
    } catch (UnusableFile | IOException | java.io.UncheckedIOException unreadable) {
      return List.of();
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
    }
  }

  /**
   * Reads every key in the folder, the oldest first.
   *
   * @param files what is in it
   * @param problems takes what is wrong, with the name of the file or the folder
   */
  public static List<TicketKey> read(
      Path folder, List<Path> files, Instant now, Consumer<String> problems) {
    if (files.isEmpty() || files.size() > MAX_FILES) {
      problems.accept(
          "'%s' holds %d ticket keys; 1 to %d are needed, each made with: openssl rand -out %s 48"
              .formatted(folder, files.size(), MAX_FILES, NAME.format(utc(now))));
      return List.of();
    }
    List<TicketKey> keys = new ArrayList<>();
    Map<String, Path> byName = new HashMap<>();
    for (Path file : files) {
      try {
        TicketKey key = read(file, now);
        Path same = byName.putIfAbsent(key.name(), file);
        if (same != null) {
          throw new UnusableFile("'%s' is the same key as '%s'".formatted(file, same));
        }
        keys.add(key);
      } catch (UnusableFile unusable) {
        problems.accept(String.valueOf(unusable.getMessage()));
      }
    }
    return keys;
  }

  private static LocalDateTime utc(Instant now) {
    return LocalDateTime.ofInstant(now, ZoneOffset.UTC);
  }

  private static TicketKey read(Path file, Instant now) throws UnusableFile {
    Instant from;
    try {
      from = LocalDateTime.parse(file.getFileName().toString(), NAME).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException otherName) {
      throw new UnusableFile(
          "'%s' is not named by the time from which it seals, such as %s"
              .formatted(file, NAME.format(utc(now))));
    }
    if (from.isAfter(now.plus(MAX_AHEAD))) {
      throw new UnusableFile(
          "'%s' is to seal in more than %d days".formatted(file, MAX_AHEAD.toDays()));
    }
    byte[] octets = KeyFile.read(file);
    if (octets.length != TicketKey.OCTETS) {
      throw new UnusableFile(
          "'%s' has %d octets, not %d: openssl rand -out FILE %3$d"
              .formatted(file, octets.length, TicketKey.OCTETS));
    }
    if (!TicketKey.looksRandom(octets)) {
      throw new UnusableFile("'" + file + "' is not random: openssl rand -out FILE 48");
    }
    return new TicketKey(from, octets);
  }
}
