package sallyport.front;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.CharsetUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;

/** HTTP in clear text at a port that speaks TLS. Nothing but its first octets is looked at. */
final class PlainHttp {
  /** As many octets as tell HTTP from TLS: the length of a TLS record's header. */
  private static final int ENOUGH = 5;

  private static final List<String> BEGINNINGS =
      List.of(
          "GET /", "GET h", "HEAD ", "POST ", "PUT /", "PUT h", "DELET", "OPTIO", "PATCH", "TRACE",
          "CONNE", "PROPF", "PROPP", "MKCOL", "COPY ", "MOVE ", "LOCK ", "UNLOC", "REPOR", "SEARC",
          "PRI *");

  private static final String TEXT =
      "This port speaks HTTPS. The request came in clear text and was not served.\n";

  private PlainHttp() {}

  private static boolean isBeginning(ByteBuf first) {
    return first.readableBytes() >= ENOUGH
        && BEGINNINGS.contains(first.toString(first.readerIndex(), ENOUGH, CharsetUtil.US_ASCII));
  }

  /**
   * Answers a request that begins with these octets.
   *
   * @return null where they are not the beginning of a request line
   */
  static @Nullable ByteBuf answer(ByteBuf first) {
    if (!isBeginning(first)) {
      return null;
    }
    FullHttpResponse reply = Responder.plain(HttpResponseStatus.BAD_REQUEST, TEXT);
    reply.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    StringBuilder text = new StringBuilder("HTTP/1.1 ").append(reply.status()).append("\r\n");
    reply
        .headers()
        .forEach(
            field ->
                text.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n"));
    text.append("\r\n");
    if (first.getUnsignedByte(first.readerIndex()) != 'H') {
      text.append(TEXT);
    }
    reply.release();
    return Unpooled.copiedBuffer(text, CharsetUtil.US_ASCII);
  }
}
