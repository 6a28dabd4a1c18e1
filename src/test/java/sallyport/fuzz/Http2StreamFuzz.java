package sallyport.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.fuzz.Http2Requests.Outcome;
import sallyport.testkit.Http2Steps;
import sallyport.testkit.RawTable;
import sallyport.testkit.RawTable.Row;

/**
 * Whatever frames an HTTP/2 client sends on its streams: the requests that backends read are those
 * that the frames mean, and nothing of a malformed one is taken for a request.
 *
 * <p>An input is a row of {@code http2-requests.table}; see {@link Http2Steps}.
 */
class Http2StreamFuzz {
  private static final String REST = " & :scheme=https & :authority=localhost & :path=/";
  private static final String GET = ":method=GET" + REST;
  private static final String POST = ":method=POST" + REST;

  /** Higher than any stream of an input. */
  private static final int LAST = 999;

  static List<Row> table() {
    return RawTable.read("http2-requests.table", Map.of("get", GET, "post", POST));
  }

  static Stream<byte[]> rows() {
    List<String> seeds = new ArrayList<>();
    table().forEach(row -> seeds.add(row.bytes()));
    String webSocket = "H :method=CONNECT & :protocol=websocket" + REST;
    seeds.add(webSocket + " & sec-websocket-version=13 ; D hello ; DE world");
    seeds.add(webSocket + " & sec-websocket-version=13 ; D hello ; R 8 ; HE3 " + GET);
    seeds.add(webSocket + " & sec-websocket-version=13 ; D hello ; HE X-Upper=a");
    seeds.add(webSocket + " & sec-websocket-version=13 ; D hello ; HE x-sum=1");
    seeds.add("H " + POST + " ; H3 " + POST + " ; D he ; D3 wo ; DE llo ; HE3 x-sum=1");
    seeds.add("HE " + GET + " ; HE3 " + GET + " ; HE5 " + GET + " ; HE7 " + GET);
    seeds.add("H " + POST + " ; D he ; R 8 ; HE3 " + GET);
    seeds.add("H " + POST + " & expect=100-continue ; DE hello");
    seeds.add("HE " + GET + " ; DE late");
    seeds.add("HE " + GET + " ; HE X-Upper=a");
    seeds.add("HE " + GET + " & X-Upper=a ; HE " + GET);
    seeds.add("H " + GET + " & X-Upper=a ; HE x-sum=1 ; HE3 " + GET);
    seeds.add("HE7 " + GET + " & X-Upper=a ; HE5 " + GET);
    seeds.add("HE7 " + GET + " & X-Upper=a ; HE5 " + GET + " & X-Upper=a ; HE5 " + GET);
    seeds.add("HE5 " + GET + " ; HE3 " + GET);
    seeds.add("HE :method=HEAD" + REST);
    Check.that(seeds.stream().allMatch(Http2Steps::areSteps), () -> "no steps in " + seeds);
    return seeds.stream().map(Octets::of);
  }

  @MethodSource("rows")
  @FuzzTest
  void backendsReadWhatTheFramesMean(byte[] input) {
    Check.input(
        input,
        text -> {
          StringBuilder odd = new StringBuilder();
          List<String> frames = new ArrayList<>();
          for (Http2Steps.Step step : Http2Steps.parse(text)) {
            // Other streams, and other octets, are Http2ConnectionFuzz's.
            if (step.kind() != 'Z') {
              String frame = Octets.text(step.bytes(step.stream() % 32 | 1));
              frames.add(frame);
              odd.append(frame);
            }
          }
          String all = odd.toString();
          Http2Requests.run(Pieces.whole(all), Rig.LOOSE);
          Http2Requests.run(Pieces.whole(all), Rig.STRICT);
          frames.add(Octets.text(Http2Steps.parse("HE " + GET).getFirst().bytes(LAST)));
          Outcome outcome = Http2Requests.run(frames, Rig.STRICT);
          List<String> octets = frames.stream().flatMap(f -> Pieces.octets(f).stream()).toList();
          Check.same(outcome, Http2Requests.run(octets, Rig.STRICT), "octet by octet");
          String last = outcome.streams().getOrDefault(LAST, "");
          Check.that(
              outcome.told() || last.startsWith("[200 ok]") || outcome.full(),
              () -> "not served after it: " + outcome);
        });
  }
}
