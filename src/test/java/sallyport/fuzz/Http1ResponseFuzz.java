package sallyport.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.fuzz.Message.Framing;
import sallyport.testkit.RawTable;

/**
 * Whatever bytes an HTTP/1 backend answers, and however they are cut into pieces: the client gets
 * one response, the one that the gateway took them for, or sees that it is cut; and the next
 * request gets an answer of its own.
 *
 * <p>The first octet of an input says what was asked, the second how the backend ends; see {@link
 * #ASKED} and {@link #ENDS}.
 */
class Http1ResponseFuzz {
  private static final String REST = " HTTP/1.1\r\nHost: localhost\r\n";

  /** RFC 6455 section 1.3. */
  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  private static final Map<Character, String> ASKED =
      Map.of(
          'G',
          "GET /" + REST + "\r\n",
          'H',
          "HEAD /" + REST + "\r\n",
          // An old client.
          'O',
          "GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
          // Still sending when the answer comes.
          'P',
          "POST /" + REST + "Content-Length: 5\r\n\r\nhe",
          'W',
          "GET /"
              + REST
              + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

  private static final String KINDS = "GHOPW";

  /** With close_notify, cut, or not at all. */
  private static final String ENDS = "NCS";

  /** Fields that the gateway itself may write into a response. */
  private static final Set<String> OF_THE_GATEWAY =
      Set.of(
          "connection",
          "date",
          "transfer-encoding",
          "upgrade",
          "via",
          "x-content-type-options",
          "x-request-id");

  /** What must not depend on how the bytes came. */
  private record Outcome(List<Integer> interim, String response, boolean open) {}

  static Stream<byte[]> rows() {
    List<String> seeds = new ArrayList<>();
    RawTable.responses()
        .forEach(
            row -> {
              seeds.add("GC" + row.bytes());
              seeds.add("GS" + row.bytes());
              KINDS.chars().forEach(kind -> seeds.add((char) kind + "N" + row.bytes()));
            });
    seeds.add(
        "WNHTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Accept: "
            + ACCEPT
            + "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    return seeds.stream().map(Octets::of);
  }

  @MethodSource("rows")
  @FuzzTest
  void clientsGetWhatTheGatewayMeant(byte[] input) {
    if (input.length < 2) {
      return;
    }
    Check.input(
        input,
        bytes -> {
          char kind = choice(KINDS, bytes.charAt(0));
          char end = choice(ENDS, bytes.charAt(1));
          String answer = bytes.substring(2);
          Outcome whole = run(kind, end, Pieces.whole(answer));
          Check.same(whole, run(kind, end, Pieces.octets(answer)), "octet by octet");
          Check.same(whole, run(kind, end, Pieces.some(answer)), "in pieces");
        });
  }

  private static char choice(String among, char octet) {
    return among.indexOf(octet) >= 0 ? octet : among.charAt(octet % among.length());
  }

  private static Outcome run(char kind, char end, List<String> pieces) {
    try (Rig rig = Rig.of(Rig.Front.HTTP1, Rig.STRICT, Http1ResponseFuzz::own)) {
      rig.send(ASKED.get(kind));
      Rig.Backend backend = rig.backends().getFirst();
      pieces.forEach(backend::send);
      if (end != 'S') {
        backend.end(end == 'N' ? SslCloseCompletionEvent.SUCCESS : null);
      }
      rig.assertNothingThrown();
      boolean open = rig.isOpen();
      String answered = rig.answered();
      List<Message> interim = new ArrayList<>();
      Message response = read(kind, rig, interim);
      int interimMeant = 0;
      for (Message meant : backend.meant()) {
        if (!meant.isInterim() || !meant.failure.isEmpty()) {
          break;
        }
        interimMeant++;
      }
      Message meant =
          interimMeant < backend.meant().size() ? backend.meant().get(interimMeant) : null;
      check(kind, end, meant, response, open);
      interim(kind, backend.meant().subList(0, interimMeant), interim);
      Check.same(
          answered.length(),
          response == null || !response.whole ? answered.length() : response.end,
          "where the response ends");
      boolean whole = response != null && response.whole;
      boolean over = meant == null || meant.whole || !meant.failure.isEmpty();
      if (open && whole && over && "GHO".indexOf(kind) >= 0) {
        next(rig, response);
      }
      if (meant != null && meant.status == 205) {
        return new Outcome(List.of(), "205", open);
      }
      return new Outcome(
          whole ? interim.stream().map(message -> message.status).toList() : List.of(),
          whole ? response.status + " " + response.body + response.trailers : open ? "" : "cut",
          open);
    }
  }

  private static void own(Rig.Backend backend, Message request) {
    if (request.target.equals("/own")) {
      backend.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown");
    }
  }

  /** The final response; null when there is none. */
  private static @Nullable Message read(char kind, Rig rig, List<Message> interim) {
    String method = kind == 'H' ? "HEAD" : "GET";
    boolean ended = rig.endAnnounced();
    int at = 0;
    Message response;
    while ((response = StrictPeer.response(rig.answered(), at, method, ended)) != null
        && response.isInterim()
        && response.whole) {
      at = response.end;
      interim.add(response);
    }
    return response;
  }

  private static void check(
      char kind, char end, @Nullable Message meant, @Nullable Message response, boolean open) {
    if (response == null || response.status == 0) {
      Check.that(
          !open || meant == null || kind == 'W', () -> "no response, though there is " + meant);
      return;
    }
    Check.same(1, response.all("x-request-id").size(), "x-request-id");
    Check.same(
        List.of("nosniff"), response.all("x-content-type-options"), "x-content-type-options");
    if (response.all("via").isEmpty()) {
      // The gateway's own.
      Check.that(
          response.whole && (response.status == 502 || response.status == 503),
          () -> "not the gateway's own: " + response);
      Check.that(
          meant == null || !meant.failure.isEmpty() || kind == 'W',
          () -> "refused, though there is " + meant);
      return;
    }
    Check.that(meant != null, () -> "nobody's response: " + response);
    Check.none(Check.OF_ONE_CONNECTION, response);
    Check.same(meant.status, response.status, "status");
    if (meant.status == 205) {
      // Has no content (RFC 9110 section 15.3.6): Netty's encoder drops what chunks there are.
      Check.same(List.of("0"), response.all("content-length"), "length of a 205");
      return;
    }
    Check.onlyFrom(meant.fields, response.fields, OF_THE_GATEWAY);
    String body = kind == 'H' ? "" : meant.body.toString();
    boolean sure = meant.whole && meant.failure.isEmpty() && !(end == 'C' && endsWithClose(meant));
    if (response.whole) {
      Check.that(sure || kind == 'H', () -> "whole, but meant " + meant);
      Check.same(body, response.body.toString(), "body");
      Check.same(kind == 'O' ? List.of() : meant.trailers, response.trailers, "trailers");
    } else {
      Check.that(body.startsWith(response.body.toString()), () -> "not the beginning: " + response);
      Check.that(!sure, () -> "cut, but meant " + meant + ", not " + response);
    }
    if (response.status == 101) {
      Check.that(
          kind == 'W' && response.all("sec-websocket-accept").equals(List.of(ACCEPT)),
          () -> "not agreed on: " + response);
    }
  }

  /** Then a cut looks like the end, but for TLS. */
  private static boolean endsWithClose(Message response) {
    int status = response.status;
    return response.framing == Framing.NONE && status != 101 && status != 204 && status != 304;
  }

  private static void interim(char kind, List<Message> meant, List<Message> interim) {
    Check.that(
        kind != 'O' || interim.isEmpty(), () -> "an old client does not know 1xx: " + interim);
    for (int i = 0; i < interim.size(); i++) {
      Check.same(meant.get(i).status, interim.get(i).status, "interim status");
      Check.onlyFrom(meant.get(i).fields, interim.get(i).fields, Set.of());
    }
  }

  private static void next(Rig rig, Message before) {
    rig.send("GET /own" + REST + "\r\n");
    Message own = StrictPeer.response(rig.answered(), before.end, "GET", rig.endAnnounced());
    Check.that(
        own != null && own.whole && own.status == 200 && own.body.toString().equals("own"),
        () -> "the next request's response is not its own: " + own);
    Check.same(rig.answered().length(), own.end, "where the own response ends");
  }
}
