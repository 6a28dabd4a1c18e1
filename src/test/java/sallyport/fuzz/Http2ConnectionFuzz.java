package sallyport.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever bytes an HTTP/2 client sends behind its preface, and however they are cut into pieces:
 * the gateway speaks HTTP/2 to it, or ends the connection by its rules; and the requests that
 * backends read are those that the frames mean.
 */
class Http2ConnectionFuzz {
  static Stream<byte[]> connections() {
    List<String> seeds = new ArrayList<>();
    Http2StreamFuzz.rows()
        .forEach(row -> seeds.add(String.join("", Http2Client.octets(Octets.text(row)))));
    seeds.addAll(Http2Seeds.all());
    return seeds.stream().map(Octets::of);
  }

  @MethodSource("connections")
  @FuzzTest
  void everyAnswerIsHttp2AndEveryRequestCanonical(byte[] input) {
    Check.input(
        input,
        bytes -> {
          Http2Requests.run(Pieces.whole(bytes), Rig.LOOSE);
          Http2Requests.run(Pieces.whole(bytes), Rig.STRICT);
          Http2Requests.run(Pieces.octets(bytes), Rig.STRICT);
          Http2Requests.run(Pieces.some(bytes), Rig.STRICT);
        });
  }
}
