package sallyport.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.fuzz.Message.Framing;
import sallyport.testkit.Http2Steps;
import sallyport.testkit.Http2Steps.Step;
import sallyport.testkit.RawHttp2;

/**
 * Whatever frames an HTTP/2 backend answers: each client gets one response, the one that the frames
 * on its own stream mean, or sees that it is cut; and the next request gets an answer of its own.
 *
 * <p>The first octet of an input says what was asked, the second whether the backend cuts the
 * connection in the end ({@code C}) or stays; see {@link #ASKED}. Then come its frames, see {@link
 * Http2Steps}; 1 and 3 are the streams of the first and the second request, whatever their number.
 */
class Http2ResponseFuzz {
  /**
   * A request and its client.
   *
   * @param octets that the client sends
   * @param paths of the requests, in order
   */
  private record Asked(Rig.Front front, String method, String octets, List<String> paths) {}

  private static final String REST = " HTTP/1.1\r\nHost: localhost\r\n";
  private static final String OF_PATH = " & :scheme=https & :authority=localhost & :path=";

  private static final Map<Character, Asked> ASKED =
      Map.of(
          'G',
          http1("GET", "\r\n"),
          'H',
          http1("HEAD", "\r\n"),
          // Still sending when the answer comes.
          'P',
          http1("POST", "Content-Length: 5\r\n\r\nhe"),
          'D',
          new Asked(
              Rig.Front.HTTP2,
              "GET",
              Http2Client.opening(
                  "HE :method=GET" + OF_PATH + "/ ; HE3 :method=GET" + OF_PATH + "/two"),
              List.of("/", "/two")),
          'T',
          new Asked(
              Rig.Front.HTTP2,
              "CONNECT",
              Http2Client.opening(
                  "H :method=CONNECT & :protocol=websocket"
                      + OF_PATH
                      + "/ & sec-websocket-version=13 ; D hello"),
              List.of("/")));

  private static final String KINDS = "GHPDT";

  /** Fields that the gateway itself may write into a response, or write in another way. */
  private static final Set<String> OF_THE_GATEWAY =
      Set.of(
          "connection",
          "content-length",
          "cookie",
          "date",
          "strict-transport-security",
          "transfer-encoding",
          "via",
          "x-content-type-options",
          "x-request-id");

  /**
   * What must not depend on how frames are cut, unless a connection breaks: then there may or may
   * not be another for a second attempt.
   *
   * @param sound whether none did
   */
  private record Outcome(List<String> responses, boolean open, boolean sound) {}

  private static Asked http1(String method, String rest) {
    return new Asked(Rig.Front.HTTP1, method, method + " /" + REST + rest, List.of("/"));
  }

  static Stream<byte[]> answers() {
    List<String> seeds = new ArrayList<>();
    String ok = "H :status=200";
    String goAway = "Z " + Octets.text(RawHttp2.frame(RawHttp2.GOAWAY, 0, 0, new byte[8]));
    // It must not name a higher stream than the one before.
    String later =
        Octets.text(RawHttp2.frame(RawHttp2.GOAWAY, 0, 0, new byte[] {0, 0, 0, 9, 0, 0, 0, 0}));
    for (String answer :
        List.of(
            ok + " & content-length=2 ; DE hi",
            ok + " ; D h ; D i ; DE",
            ok + " ; D hi ; HE x-sum=1",
            ok + " & content-length=2 & x_y=a & set-cookie=a ; DE hi",
            "HE :status=200",
            "HE :status=200 & content-length=0",
            "HE :status=204",
            "HE :status=204 & content-length=0",
            "HE :status=204 & content-length=5",
            "H :status=204 ; H :status=103",
            "HE :status=205 & content-length=0",
            "HE :status=304 & content-length=10",
            "H :status=100 ; H :status=103 & link=</a> ; " + ok + " ; DE hi",
            "HE :status=299 & content-length=5",
            "HE grpc-status=0",
            // What is none.
            ok + " & content-length=3 ; DE hi",
            ok + " & content-length=1 ; DE hi",
            ok + " & content-length=0 ; DE hi",
            ok + " & content-length=2 ; D hi ; DE more",
            ok + " & content-length=2 ; D hi ; H x=a",
            ok + " & content-length=2 ; D hi",
            ok + " & content-length=1 & content-length=2 ; DE hi",
            ok + " & transfer-encoding=chunked ; DE 0\r\n\r\n",
            ok + " & connection=close ; DE hi",
            ok + " & X-Upper=a ; DE hi",
            ok + " & x=a\r\nb ; DE hi",
            ok + " & :path=/ ; DE hi",
            "H :status=200 & :status=404 ; DE hi",
            "H :status=101 ; DE hi",
            "H :status=099 ; DE hi",
            "H :status=2000 ; DE hi",
            "H x=a ; DE hi",
            "HE :status=100",
            "DE hi",
            ok + " ; D hi ; H x-sum=1",
            ok + " ; D hi ; HE :status=200",
            ok + " ; D hi ; HE content-length=2",
            ok + " ; DE hi ; " + ok + " ; DE evil",
            ok + " ; " + ok + " ; DE evil",
            ok,
            "R 7",
            "R 7 ; " + ok + " ; DE hi",
            "H :status=103 & link=</a> ; R 7 ; H :status=100 ; " + ok + " ; DE hi",
            ok + " ; D h ; R 8",
            "R 0",
            ok + " ; D h ; " + goAway,
            goAway,
            goAway + " ; " + ok + " ; DE hi",
            goAway + later,
            "HE7 :status=200",
            "HE7 X-Upper=a",
            "H :status=100 ; DE hi",
            "HE2 :status=200",
            "Z HTTP/1.1 400 Bad Request\r\n\r\n")) {
      seeds.add("GC" + answer);
      KINDS.chars().forEach(kind -> seeds.add((char) kind + "S" + answer));
    }
    // A malformed head of a stream that was never opened, and behind it one for ours.
    seeds.add("DSHE7 :status=\0\0;=</a> ; R 7 ; H :status=200");
    seeds.add("GSHE7 X-Upper=a ; H :status=200 ; DE hi");
    seeds.add("GSHE8 X-Upper=a ; H :status=200 ; DE hi");
    seeds.add("GSZ " + Octets.text(zeroUpdate(7)) + " ; H :status=200 ; DE hi");
    seeds.add("DSH3 :status=200 ; H :status=404 ; DE3 two ; DE one");
    seeds.add("DSH :status=200 ; DE3 two ; DE one");
    seeds.add("DSH :status=200 ; R3 7 ; HE3 :status=204 ; DE one");
    seeds.add("DS" + goAway + " ; H3 :status=200 ; H :status=404 ; DE3 two ; DE one");
    seeds.add("TSH :status=200 ; D hello ; DE world");
    seeds.add("TSH :status=404 & content-length=2 ; DE no");
    Check.that(
        seeds.stream().allMatch(seed -> Http2Steps.areSteps(seed.substring(2))),
        () -> "no steps in " + seeds);
    return seeds.stream().map(Octets::of);
  }

  /** A WINDOW_UPDATE of nothing (RFC 9113 section 6.9). */
  private static byte[] zeroUpdate(int stream) {
    return RawHttp2.frame(RawHttp2.WINDOW_UPDATE, 0, stream, new byte[4]);
  }

  @MethodSource("answers")
  @FuzzTest
  void clientsGetWhatTheFramesMean(byte[] input) {
    if (input.length < 2) {
      return;
    }
    Check.input(
        input,
        text -> {
          char letter = text.charAt(0);
          char kind = KINDS.indexOf(letter) >= 0 ? letter : KINDS.charAt(letter % KINDS.length());
          boolean cut = text.charAt(1) == 'C';
          List<Step> steps = Http2Steps.parse(text.substring(2));
          Outcome whole = new Run(kind, cut, steps, Pieces::whole).outcome;
          Outcome octets = new Run(kind, cut, steps, Pieces::octets).outcome;
          if (whole.sound) {
            Check.same(whole, octets, "octet by octet");
          }
        });
  }

  private static void own(Http2Backend backend, int stream, Message request) {
    if (request.target.equals("/own")) {
      backend.answer(stream, "H :status=200 & content-length=3 ; DE own");
    }
  }

  /** Where a request has gone. */
  private record Place(Http2Backend backend, int stream) {
    List<Message> meant(String method) {
      return Http2Meaning.responses(backend.answers().of(stream), method);
    }
  }

  private interface Cut {
    List<String> pieces(String octets);
  }

  /** One exchange, or two at a time. */
  private static final class Run {
    private final Asked asked;
    private final Rig rig;
    private final Outcome outcome;

    Run(char kind, boolean cut, List<Step> steps, Cut how) {
      asked = ASKED.get(kind);
      try (Rig made = Rig.behind(asked.front, Http2ResponseFuzz::own)) {
        rig = made;
        rig.send(asked.octets);
        for (Step step : steps) {
          Place place = place(step.stream());
          how.pieces(Octets.text(step.bytes(place.stream))).forEach(place.backend::send);
        }
        if (cut) {
          place(1).backend.cut();
        }
        rig.assertNothingThrown();
        outcome = asked.front == Rig.Front.HTTP1 ? http1() : http2();
      }
    }

    /** The last attempt of a request; for any other number, that stream of the first one's. */
    private Place place(int number) {
      boolean second = number == 3 && asked.paths.size() > 1;
      Place last = attempts(second ? 1 : 0).getLast();
      return number == 1 || second ? last : new Place(last.backend, number);
    }

    /** Where the first or the second request has gone, one after the other. */
    private List<Place> attempts(int request) {
      String path = asked.paths.get(request);
      List<Place> attempts = new ArrayList<>();
      for (Http2Backend backend : rig.sessions()) {
        for (int stream : backend.streams()) {
          Message asks = backend.request(stream);
          Check.that(asks.failure.isEmpty(), () -> "no sound request: " + asks);
          if (asks.target.equals(path)) {
            attempts.add(new Place(backend, stream));
          }
        }
      }
      Check.that(!attempts.isEmpty(), () -> "nobody was asked for " + path);
      return attempts;
    }

    private Outcome http1() {
      Place place = place(1);
      List<Message> responses = new ArrayList<>();
      String answered = rig.answered();
      int at = 0;
      for (Message next = response(at); next != null; next = response(at)) {
        responses.add(next);
        at = next.end;
        if (!next.isInterim() || !next.whole) {
          break;
        }
      }
      boolean open = rig.isOpen();
      String described = check(0, responses, open, /* trailers= */ false);
      Message last = responses.isEmpty() ? null : responses.getLast();
      if (last != null && last.whole && !last.isInterim()) {
        Check.same(answered.length(), last.end, "where the response ends");
        List<Message> meant = place.meant(asked.method);
        boolean over = meant.isEmpty() || meant.getLast().whole;
        if (open && over && !asked.method.equals("POST") && place.backend.isSound()) {
          rig.send("GET /own" + REST + "\r\n");
          own(StrictPeer.response(rig.answered(), last.end, "GET", rig.endAnnounced()));
        }
      }
      return new Outcome(List.of(described), open, isSound());
    }

    private boolean isSound() {
      return rig.sessions().stream().allMatch(Http2Backend::isSound);
    }

    private @Nullable Message response(int at) {
      return StrictPeer.response(rig.answered(), at, asked.method, rig.endAnnounced());
    }

    private Outcome http2() {
      Http2Client client = new Http2Client(rig.answered());
      List<String> described = new ArrayList<>();
      for (int i = 0; i < asked.paths.size(); i++) {
        int stream = 2 * i + 1;
        List<Message> responses = client.responses(stream, asked.method);
        boolean open = client.reset(stream) == null && !client.isTold();
        described.add(check(i, responses, open, /* trailers= */ true));
      }
      if (!client.isTold() && isSound()) {
        Step own = Http2Steps.parse("HE :method=GET" + OF_PATH + "/own").getFirst();
        rig.send(Octets.text(own.bytes(99)));
        List<Message> responses = new Http2Client(rig.answered()).responses(99, "GET");
        own(responses.isEmpty() ? null : responses.getFirst());
      }
      return new Outcome(described, rig.isOpen(), isSound());
    }

    private static void own(@Nullable Message own) {
      Check.that(
          own != null && own.whole && own.status == 200 && own.body.toString().equals("own"),
          () -> "the next request's response is not its own: " + own);
    }

    /**
     * @param request the first or the second
     * @param open whether more may come
     * @param trailers whether the client's version has a place for them behind any body
     */
    private String check(int request, List<Message> responses, boolean open, boolean trailers) {
      List<Place> attempts = attempts(request);
      Place place = attempts.getLast();
      List<Message> interim =
          attempts.stream()
              .flatMap(attempt -> attempt.meant(asked.method).stream())
              .filter(Message::isInterim)
              .toList();
      List<Message> all = place.meant(asked.method);
      Message meant = all.isEmpty() || all.getLast().isInterim() ? null : all.getLast();
      List<Message> before = responses.stream().filter(Message::isInterim).toList();
      for (int i = 0; i < before.size(); i++) {
        Check.that(i < interim.size(), () -> "interim responses of nobody: " + before);
        Check.same(interim.get(i).status, before.get(i).status, "interim status");
        Check.onlyFrom(interim.get(i).fields, before.get(i).fields, Set.of());
      }
      Message response = responses.size() > before.size() ? responses.getLast() : null;
      // A connection that breaks may take with it what has come.
      boolean sure =
          meant != null
              && meant.whole
              && meant.failure.isEmpty()
              && meant.trailers.isEmpty()
              && meant.status != 205
              && meant.fields.size() + interim.size() <= 16
              && place.backend.isSound();
      if (response == null || response.status == 0) {
        Check.that(!sure, () -> "no response, though there is " + meant);
        return open ? "" : "cut";
      }
      Check.same(1, response.all("x-request-id").size(), "x-request-id");
      if (response.all("via").isEmpty()) {
        Check.that(
            response.whole && (response.status == 502 || response.status == 503),
            () -> "not the gateway's own: " + response);
        Check.that(!sure, () -> "refused, though there is " + meant);
      } else {
        passed(meant, response, sure, trailers);
      }
      return response.status + " " + response.whole + " " + response.body + response.trailers;
    }

    private void passed(@Nullable Message meant, Message response, boolean sure, boolean trailers) {
      Check.that(meant != null, () -> "nobody's response: " + response);
      Check.same(meant.status, response.status, "status");
      if (meant.status == 205) {
        // Has no content (RFC 9110 section 15.3.6), whatever came.
        return;
      }
      Check.none(Check.OF_ONE_CONNECTION, response);
      Check.onlyFrom(meant.fields, response.fields, OF_THE_GATEWAY);
      boolean bodyless = asked.method.equals("HEAD") || meant.status == 204 || meant.status == 304;
      String body = bodyless ? "" : meant.body.toString();
      boolean sound = (meant.whole && meant.failure.isEmpty()) || bodyless;
      // Over HTTP/1 it has gone out by then, and nobody can say that more came than was announced;
      // over HTTP/2 the end of the stream says what is whole.
      boolean byLength = !trailers && response.framing == Framing.LENGTH;
      if (response.whole && !sound && byLength) {
        Check.same(
            Integer.parseInt(meant.all("content-length").getFirst()),
            response.body.length(),
            "length");
        Check.that(
            body.startsWith(response.body.toString()), () -> "not the beginning: " + response);
      } else if (response.whole) {
        Check.that(sound, () -> "whole, but meant " + meant);
        Check.same(body, response.body.toString(), "body");
        Check.same(
            trailers || response.framing == Framing.CHUNKED ? meant.trailers : List.of(),
            response.trailers,
            "trailers");
      } else {
        Check.that(
            body.startsWith(response.body.toString()), () -> "not the beginning: " + response);
        Check.that(
            !sure || meant.status == 101, () -> "cut, but meant " + meant + ", not " + response);
      }
    }
  }
}
