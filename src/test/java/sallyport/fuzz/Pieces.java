package sallyport.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Ways in which a socket may hand over the same bytes. */
final class Pieces {
  private Pieces() {}

  static List<String> whole(String bytes) {
    return List.of(bytes);
  }

  static List<String> octets(String bytes) {
    return cut(bytes, 1);
  }

  /** Cut at places that every change of the bytes changes too, but that are the same in a rerun. */
  static List<String> some(String bytes) {
    return cut(bytes, 32);
  }

  private static List<String> cut(String bytes, int max) {
    Random places = new Random(bytes.hashCode());
    List<String> pieces = new ArrayList<>();
    for (int at = 0, end; at < bytes.length(); at = end) {
      end = Math.min(bytes.length(), at + 1 + places.nextInt(max));
      pieces.add(bytes.substring(at, end));
    }
    return pieces;
  }
}
