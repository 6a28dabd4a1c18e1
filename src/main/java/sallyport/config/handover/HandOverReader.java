package sallyport.config.handover;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;

/** Reader of {@code gateway.hand-over}. */
public final class HandOverReader {
  private static final String SOCKET = "socket";

  /** The kernel takes 107 octets, and the socket has a longer name before it is renamed. */
  private static final int MAX_OCTETS = 90;

  private HandOverReader() {}

  public static HandOverConfig read(ConfigReader in) {
    HandOverConfig config = new HandOverConfig(socket(in), in.location(SOCKET));
    in.finish();
    return config;
  }

  private static @Nullable Path socket(ConfigReader in) {
    if (!in.has(SOCKET)) {
      return null;
    }
    Path socket = in.futureFile(SOCKET).toAbsolutePath().normalize();
    int octets = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (octets > MAX_OCTETS) {
      in.problem(
          SOCKET,
          "must have at most %d octets with its folders, has %d: '%s'"
              .formatted(MAX_OCTETS, octets, socket));
    }
    return socket;
  }
}
