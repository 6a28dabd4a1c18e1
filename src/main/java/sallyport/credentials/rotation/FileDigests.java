package sallyport.credentials.rotation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.values.Sha256;

/**
 * Digests of what files hold, which are looked at every few seconds and may be megabytes of
 * revocation lists. A file is not read again while its attributes stay as they were: device and
 * inode, size, time of modification, and time of change, which no program can set.
 *
 * <p>A clock has ticks, and what is written twice within one looks unchanged. So attributes count
 * only once they have been the same for a minute, by the gateway's own clock; and each file is read
 * every ten minutes all the same, since file systems of a network may be late. Where there is no
 * time of change (Windows), each look reads.
 *
 * <p>Any thread.
 */
final class FileDigests {
  private static final String ATTRIBUTES = "unix:dev,ino,size,lastModifiedTime,ctime";
  private static final long SETTLED = Duration.ofMinutes(1).toNanos();
  private static final long LONGEST = Duration.ofMinutes(10).toNanos();

  /** Reader of a file. */
  interface Reader {
    byte[] read(Path file) throws IOException;
  }

  /**
   * Known state of a file.
   *
   * @param attributes before it was read
   * @param since when these were first seen, by the clock
   * @param readAt when it was last read
   */
  private record Known(Map<String, Object> attributes, long since, long readAt, String digest) {}

  private final LongSupplier nanoTime;
  private final Reader reader;
  private final Map<Path, Known> known = new ConcurrentHashMap<>();

  FileDigests() {
    this(System::nanoTime, Files::readAllBytes);
  }

  FileDigests(LongSupplier nanoTime, Reader reader) {
    this.nanoTime = nanoTime;
    this.reader = reader;
  }

  /** Source of the digest of a file. */
  private interface Content {
    /** Returns the SHA-256 of a file, hex. */
    String digest(Path file) throws IOException;
  }

  /** Returns one digest of the names and the content of these files. */
  String of(List<Path> files) {
    known.keySet().retainAll(files);
    return of(files, this::digest);
  }

  /**
   * Returns the same digest, of what these files held when they were read.
   *
   * @param held SHA-256 of each, hex
   * @return null when one of them is not among those
   */
  static @Nullable String of(List<Path> files, Map<Path, String> held) {
    return held.keySet().containsAll(files)
        ? of(files, file -> Objects.requireNonNull(held.get(file)))
        : null;
  }

  private static String of(List<Path> files, Content content) {
    MessageDigest all = Sha256.newDigest();
    for (Path file : files) {
      // Of ticket keys, the name says when they seal.
      all.update(file.toString().getBytes(StandardCharsets.UTF_8));
      try {
        all.update(content.digest(file).getBytes(StandardCharsets.US_ASCII));
      } catch (IOException unreadable) {
        all.update((byte) 0);
      }
      all.update((byte) 1);
    }
    return HexFormat.of().formatHex(all.digest());
  }

  private String digest(Path file) throws IOException {
    try {
      return digestNow(file);
    } catch (IOException unreadable) {
      known.remove(file);
      throw unreadable;
    }
  }

  private String digestNow(Path file) throws IOException {
    long now = nanoTime.getAsLong();
    Map<String, Object> attributes = attributes(file);
    Known before = known.get(file);
    long since = now;
    if (before != null && before.attributes.equals(attributes)) {
      since = before.since;
      if (now - since > SETTLED && now - before.readAt < LONGEST) {
        return before.digest;
      }
    }
    byte[] content = reader.read(file);
    String digest = Sha256.hex(content);
    Arrays.fill(content, (byte) 0);
    if (attributes != null) {
      known.put(file, new Known(attributes, since, now, digest));
    }
    return digest;
  }

  /** Returns the attributes of a file; null where the file system has none. */
  private static @Nullable Map<String, Object> attributes(Path file) throws IOException {
    try {
      return Files.readAttributes(file, ATTRIBUTES);
    } catch (UnsupportedOperationException | IllegalArgumentException notUnix) {
      return null;
    }
  }
}
