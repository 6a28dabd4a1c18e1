package sallyport.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.fuzz.Frames.Frame;
import sallyport.fuzz.Message.Framing;
import sallyport.testkit.RawHttp2;

/**
 * An HTTP/2 client in front of HTTP/1 backends: the requests that they read are those that the
 * client's frames mean (RFC 9113), no more and no others.
 */
final class Http2Requests {
  /** What must not depend on how frames are cut. */
  record Outcome(List<String> arrived, Map<Integer, String> streams, boolean told, boolean full) {}

  /** Where the gateway is stricter than RFC 9113, or has a limit. */
  private static final Set<String> STRICTER =
      Set.of("bad_trailer", "header_too_large", "bad_host", "bad_content_length");

  private final Rig rig;
  private final boolean strict;
  private final Frames sent = new Frames(/* strict= */ false);
  private final Http2Client client;
  private final List<Message> unclaimed;
  private final Map<Integer, Message> meant;
  private final Map<Integer, String> outcomes = new TreeMap<>();

  private Http2Requests(Rig rig, GatewayConfig config, String octets) {
    this.rig = rig;
    this.strict = config.equals(Rig.STRICT);
    this.client = new Http2Client(rig.answered());
    this.unclaimed = new ArrayList<>(rig.arrived());
    this.meant = rig.streams();
    try {
      sent.add(octets);
    } catch (StrictPeer.Fault end) {
      // What the gateway makes of the rest, it has to say.
    }
  }

  /**
   * @param pieces what the client sends behind its preface
   */
  static Outcome run(List<String> pieces, GatewayConfig config) {
    try (Rig rig = Rig.of(Rig.Front.HTTP2, config, HonestBackend::answer)) {
      rig.send(Http2Client.opening());
      pieces.forEach(rig::send);
      return new Http2Requests(rig, config, String.join("", pieces)).check();
    }
  }

  private Outcome check() {
    rig.assertNothingThrown();
    for (int stream : client.streams()) {
      answered(stream);
    }
    meant.forEach(this::unanswered);
    for (Message request : unclaimed) {
      // Its stream was taken back, or the connection ended, before the answer.
      Check.that(
          meant.keySet().stream().anyMatch(stream -> isMeant(stream, request)),
          () -> "nobody's request: " + request);
    }
    rig.backends().stream().filter(backend -> !backend.isTunnel()).forEach(this::rest);
    return new Outcome(
        rig.arrived().stream().map(Check::describe).toList(),
        outcomes,
        client.isTold(),
        rig.isFull());
  }

  private void answered(int stream) {
    List<Message> responses = client.responses(stream, method(stream));
    Message response = responses.getLast();
    outcomes.put(
        stream,
        responses.stream().map(r -> r.status + " " + r.body).toList()
            + (response.whole ? "" : " not whole")
            + " "
            + client.reset(stream));
    if (response.isInterim()) {
      return;
    }
    for (String once : List.of("x-request-id", "strict-transport-security")) {
      Check.that(response.all(once).size() == 1, () -> "not one " + once + ": " + response);
    }
    if (response.status != 101 && response.all("from-backend").isEmpty()) {
      // Allow is in what it answers in place of a backend (RFC 9110 section 7.6.2).
      Check.that(
          response.status >= 400 || !response.all("allow").isEmpty(),
          () -> "the gateway's own answer: " + response);
      return;
    }
    Message request = claim(response);
    Message taken = meant.get(stream);
    Check.that(taken != null, () -> "an answer to no request: " + response);
    if (response.status == 101) {
      tunnelled(stream, request);
    }
    arrived(stream, taken, request);
  }

  private void arrived(int stream, Message taken, Message request) {
    Message means = means(stream);
    Check.that(means != null, () -> "a request out of nothing: " + request);
    if (means.framing == Framing.CLOSE) {
      // From the answer on, what the client sends is no part of the request.
      withoutTunnel(means);
      withoutTunnel(taken);
    }
    Check.translation(means, taken, !strict);
    Check.request(taken, request, strict);
  }

  private boolean isMeant(int stream, Message request) {
    try {
      arrived(stream, meant.get(stream), request);
      return true;
    } catch (AssertionError another) {
      return false;
    }
  }

  private @Nullable Message means(int stream) {
    return Http2Meaning.request(sent.of(stream));
  }

  /** The request that this answers. */
  private Message claim(Message response) {
    List<String> id = response.all("x-request-id");
    for (Message request : unclaimed) {
      if (request.all("x-request-id").equals(id)) {
        unclaimed.remove(request);
        return request;
      }
    }
    throw new AssertionError("an answer to what did not arrive: " + response);
  }

  private void tunnelled(int stream, Message request) {
    String arrived =
        rig.backends().stream()
            .filter(backend -> backend.requests().contains(request))
            .findFirst()
            .map(Rig.Backend::rest)
            .orElseThrow();
    Message means = means(stream);
    Check.that(means != null && means.framing == Framing.CLOSE, () -> "no tunnel: " + means);
    boolean cut = client.reset(stream) != null || client.isTold() || isSpoilt(stream);
    String through = means.body.toString();
    Check.that(
        cut ? through.startsWith(arrived) : through.equals(arrived),
        () -> "not what went into the tunnel: '" + Octets.escape(arrived) + "', but " + means);
  }

  private static void withoutTunnel(Message message) {
    message.body.setLength(0);
    message.trailers.clear();
    message.failure = "";
    message.whole = true;
  }

  /** Whether the client has reset the stream, gone on behind its end, or spoken of it otherwise. */
  private boolean isSpoilt(int stream) {
    boolean ended = false;
    for (Frame frame : sent.of(stream)) {
      if (ended || (frame.type() != RawHttp2.HEADERS && frame.type() != RawHttp2.DATA)) {
        return true;
      }
      ended = frame.end();
    }
    return false;
  }

  /** Whoever asks soundly, and waits, gets an answer. */
  private void unanswered(int stream, Message taken) {
    if (client.isTold() || isSpoilt(stream) || client.streams().contains(stream)) {
      return;
    }
    Check.that(
        client.reset(stream) != null || !taken.whole, () -> "no answer, though meant " + taken);
    Message means = means(stream);
    if (means != null && means.whole && means.failure.isEmpty()) {
      Check.that(
          STRICTER.contains(taken.failure), () -> "refused, though sound: " + means + " " + taken);
    }
    outcomes.put(stream, "reset " + client.reset(stream) + " " + taken.failure);
  }

  /** What is not a whole request is the beginning of one that did not come to its end. */
  private void rest(Rig.Backend backend) {
    Message begun = StrictPeer.request(backend.rest(), 0);
    if (begun != null && !begun.method.isEmpty()) {
      Check.that(
          meant.values().stream()
              .anyMatch(
                  taken ->
                      taken.method.equals(begun.method)
                          && taken.body.indexOf(begun.body.toString()) == 0),
          () -> "not the beginning of any: " + begun);
    }
    if (strict) {
      Check.sloppily(backend);
    }
  }

  /** CONNECT where the stream is to become a tunnel. */
  private String method(int stream) {
    for (Frame frame : sent.of(stream)) {
      if (frame.fields() != null) {
        return frame.fields().stream()
            .filter(field -> field.name().equals(":method"))
            .map(Message.Field::value)
            .findFirst()
            .orElse("");
      }
    }
    return "";
  }
}
