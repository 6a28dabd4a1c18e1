package sallyport.front;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.CharsetUtil;
import java.util.List;
import sallyport.answer.Responder;
import sallyport.http.codec.h1.Http1ServerCodec;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.hello.Preface;

/**
 * Answer to HTTP in clear text at a port that speaks TLS. Reads the first octets of a connection
 * and nothing else. Stateless, any thread.
 */
final class PlainHttp {
  /** As many octets as tell HTTP from TLS: the length of a TLS record's header. */
  private static final int LENGTH = 5;

  private static final List<String> REQUEST_LINES =
      List.of(
          "GET /", "GET h", "HEAD ", "POST ", "PUT /", "PUT h", "DELET", "OPTIO", "PATCH", "TRACE",
          "CONNE", "PROPF", "PROPP", "MKCOL", "COPY ", "MOVE ", "LOCK ", "UNLOC", "REPOR", "SEARC",
          "PRI *");

  private static final String TEXT =
      "This port speaks HTTPS. The request came in clear text and was not served.\n";

  private PlainHttp() {}

  /** Refuses a request that begins with these octets, with an answer. */
  static Preface.Step read(ByteBuf first) {
    if (first.readableBytes() < LENGTH) {
      return Preface.Step.MORE;
    }
    String start = first.toString(first.readerIndex(), LENGTH, CharsetUtil.US_ASCII);
    if (!REQUEST_LINES.contains(start)) {
      return Preface.Step.TLS;
    }
    return new Preface.Step.Refuse(
        HandshakeRefusal.PLAIN_HTTP,
        Http1ServerCodec.encode(
            Responder.closing(HttpResponseStatus.BAD_REQUEST, TEXT), start.equals("HEAD ")));
  }
}
