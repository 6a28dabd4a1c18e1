package sallyport.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.config.GatewayConfig;
import sallyport.testkit.RawTable;
import sallyport.testkit.RawTable.Row;

/**
 * Whatever bytes an HTTP/1 client sends, and however they are cut into pieces: the requests that a
 * backend reads are those that the gateway took them for, no more and no others.
 */
class Http1RequestFuzz {
  /** What must not depend on how the bytes came. */
  private record Outcome(List<String> arrived, List<Integer> statuses, List<String> refusals) {}

  static Stream<byte[]> rows() {
    return RawTable.read(
            "http1-requests.table", Map.of("h", " HTTP/1.1\\r\\nHost: localhost\\r\\n"))
        .stream()
        .flatMap(Http1RequestFuzz::seeds);
  }

  /** The row, and what passes once more with a request in front of it. */
  private static Stream<byte[]> seeds(Row row) {
    String before = "GET /before HTTP/1.1\r\nHost: localhost\r\n\r\n";
    return row.verdict().startsWith("pass")
        ? Stream.of(Octets.of(row.bytes()), Octets.of(before + row.bytes()))
        : Stream.of(Octets.of(row.bytes()));
  }

  @MethodSource("rows")
  @FuzzTest
  void backendsReadWhatTheGatewayMeant(byte[] input) {
    Check.input(
        input,
        bytes -> {
          run(Pieces.whole(bytes), Rig.LOOSE);
          Outcome whole = run(Pieces.whole(bytes), Rig.STRICT);
          Check.same(whole, run(Pieces.octets(bytes), Rig.STRICT), "octet by octet");
          Check.same(whole, run(Pieces.some(bytes), Rig.STRICT), "in pieces");
        });
  }

  private static Outcome run(List<String> pieces, GatewayConfig config) {
    try (Rig rig = Rig.of(Rig.Front.HTTP1, config, HonestBackend::answer)) {
      pieces.forEach(rig::send);
      boolean open = rig.isOpen();
      String answered = rig.answered();
      rig.hangUp();
      rig.assertNothingThrown();
      List<Message> responses = responses(rig.meant(), answered, open);
      match(rig, responses, String.join("", pieces), config.equals(Rig.STRICT));
      return new Outcome(
          rig.arrived().stream().map(Check::describe).toList(),
          responses.stream().map(response -> response.status).toList(),
          rig.refusals());
    }
  }

  /** The final responses, one a request at most, with nothing before, between or behind them. */
  private static List<Message> responses(List<Message> requests, String answered, boolean open) {
    List<Message> responses = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < requests.size() && at < answered.length(); ) {
      Message response = StrictPeer.response(answered, at, requests.get(i).method, !open);
      Check.that(
          response != null && (response.whole || response.status == 101),
          () -> "half a response: " + response);
      at = response.end;
      if (!response.isInterim()) {
        responses.add(response);
        i++;
      }
    }
    Check.same("", answered.substring(at), "behind the responses");
    return responses;
  }

  private static void match(Rig rig, List<Message> responses, String sent, boolean strict) {
    int arrived = 0;
    for (int i = 0; i < responses.size(); i++) {
      Message response = responses.get(i);
      if (response.status == 101 || !response.all("from-backend").isEmpty()) {
        Message meant = rig.meant().get(i);
        Check.that(
            rig.arrived().size() > arrived, () -> "an answer to what did not arrive: " + meant);
        Message request = rig.arrived().get(arrived++);
        if (response.status == 101) {
          String tunnelled = meant.body.toString();
          Check.that(sent.endsWith(tunnelled), () -> "not sent: " + meant);
          Check.same(tunnelled, tunnelled(rig), "through the tunnel");
          meant.body.setLength(0);
          meant.whole = true;
          meant.failure = "";
        }
        Check.request(meant, request, strict);
      }
    }
    Check.same(arrived, rig.arrived().size(), "how many arrived");
    for (Rig.Backend backend : rig.backends()) {
      if (!backend.isTunnel()) {
        rest(rig, backend, strict);
      }
    }
  }

  private static String tunnelled(Rig rig) {
    return rig.backends().stream()
        .filter(Rig.Backend::isTunnel)
        .findFirst()
        .map(Rig.Backend::rest)
        .orElseThrow();
  }

  /** What is not a whole request is the beginning of the one that did not come to its end. */
  private static void rest(Rig rig, Rig.Backend backend, boolean strict) {
    Message begun = StrictPeer.request(backend.rest(), 0);
    if (begun != null) {
      Message last = rig.meant().getLast();
      Check.that(!last.whole || !last.failure.isEmpty(), () -> "cut off: " + last);
      Check.same(last.method, begun.method, "method of what was begun");
      Check.that(
          last.body.indexOf(begun.body.toString()) == 0, () -> "not the beginning: " + begun);
    }
    if (strict) {
      Check.sloppily(backend);
    }
  }
}
