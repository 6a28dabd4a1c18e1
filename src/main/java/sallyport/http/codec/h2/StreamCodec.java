package sallyport.http.codec.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.codec.FieldSection;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.Failure;

/**
 * Codec of the messages of one HTTP/2 stream: frames become HTTP/1.1 objects (a head, contents, and
 * a last content with the trailers), and objects become frames. Checks the body against the length
 * that the head announced (RFC 9113 section 8.1.1).
 *
 * <p>A plain object without a channel. Every call must run on the connection's event loop.
 */
public abstract class StreamCodec {
  /** Two ends of a stream's messages. */
  public interface Stream {
    /** Receives a part of the incoming message, and takes over its reference. */
    void receive(HttpObject part);

    /** Sends a field section, without a flush. */
    void sendHeaders(Http2Headers headers, boolean last);

    /** Sends a piece of the body, without a flush; takes over the reference. */
    void sendData(ByteBuf data, boolean last);
  }

  /** Nothing announced. */
  static final long ANY_LENGTH = -1;

  private final Failure bad;
  private final Failure badLength;
  private final int maxFields;
  private final FieldNames unusual;

  private final Stream stream;
  private @Nullable HttpMessage heldHead;
  private boolean headSeen;
  private boolean ended;
  private long left = ANY_LENGTH;

  /**
   * @param maxFields of a head, and of trailers
   */
  StreamCodec(Stream stream, int maxFields, FieldNames unusual, Failure bad, Failure badLength) {
    this.stream = stream;
    this.maxFields = maxFields;
    this.unusual = unusual;
    this.bad = bad;
    this.badLength = badLength;
  }

  /**
   * Makes a head of the field section.
   *
   * @param last whether the stream ends with it
   * @return an interim response, after which another head has to follow, or the head of the message
   * @throws MalformedMessage when it is invalid
   */
  abstract HttpMessage head(Http2Headers headers, boolean last);

  /** Returns what stands for a head that is invalid. */
  abstract HttpObject malformedHead(MalformedMessage why);

  /** Returns the field section of a head that goes out. */
  abstract Http2Headers headers(HttpMessage head);

  final HttpHeaders fields(Http2Headers headers) {
    return Http2Fields.toHttp1(headers, /* trailers= */ false, maxFields, unusual, bad);
  }

  /**
   * @param length what Content-Length says, or {@link #ANY_LENGTH}
   */
  final void expectBody(long length) {
    left = length;
  }

  /**
   * Returns the rule that a message breaks where the layer below refuses its next frame (RFC 9113
   * section 8.1.1): the length of its body, or that of its head or its trailers.
   */
  final Failure brokenBelow() {
    return headSeen && left >= 0 ? badLength : bad;
  }

  /** Handles a HEADERS frame. */
  public final void onHeaders(Http2Headers headers, boolean last) {
    if (ended) {
      return;
    }
    try {
      if (headSeen) {
        onTrailers(headers, last);
      } else {
        onHead(headers, last);
      }
    } catch (MalformedMessage malformed) {
      onMalformed(malformed);
    }
  }

  private void onHead(Http2Headers headers, boolean last) {
    HttpMessage head = head(headers, last);
    headSeen = !(head instanceof FullHttpMessage);
    if (last && !headSeen) {
      throw new MalformedMessage(bad);
    }
    stream.receive(head);
    if (last) {
      end(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  private void onTrailers(Http2Headers headers, boolean last) {
    if (!last) {
      throw new MalformedMessage(bad);
    }
    HttpHeaders trailers =
        Http2Fields.toHttp1(
            headers,
            /* trailers= */ true,
            maxFields,
            unusual,
            bad instanceof Failure.Client
                ? Failure.Client.BAD_TRAILER
                : Failure.Response.BAD_TRAILER);
    end(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
  }

  /** Handles the octets of a DATA frame without their padding, and takes over their reference. */
  public final void onData(ByteBuf data, boolean last) {
    if (ended) {
      data.release();
      return;
    }
    int length = data.readableBytes();
    if (!headSeen || (left >= 0 && length > left)) {
      data.release();
      onMalformed(new MalformedMessage(headSeen ? badLength : bad));
      return;
    }
    left = left >= 0 ? left - length : left;
    if (!last) {
      stream.receive(new DefaultHttpContent(data));
      return;
    }
    try {
      end(new DefaultLastHttpContent(data, EmptyHttpHeaders.INSTANCE));
    } catch (MalformedMessage malformed) {
      onMalformed(malformed);
    }
  }

  private void end(LastHttpContent last) {
    if (left > 0) {
      last.release();
      throw new MalformedMessage(badLength);
    }
    ended = true;
    stream.receive(last);
  }

  private void onMalformed(MalformedMessage malformed) {
    ended = true;
    if (headSeen) {
      LastHttpContent last =
          new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, FieldSection.newHeaders());
      last.setDecoderResult(malformed.toResult());
      stream.receive(last);
    } else {
      stream.receive(malformedHead(malformed));
    }
  }

  /**
   * Sends a part of the message, and takes over its reference. A head waits for what follows it, or
   * for {@link #flush}: a message without a body is one frame, and to gRPC that differs from one
   * with an empty body.
   */
  public final void write(HttpObject part) {
    if (part instanceof LastHttpContent last && heldHead != null && isEmpty(last)) {
      last.release();
      sendHeld(/* last= */ true);
      return;
    }
    sendHeld(/* last= */ false);
    switch (part) {
      case FullHttpMessage full -> writeFull(full);
      case HttpMessage head -> heldHead = head;
      case LastHttpContent last -> writeLast(last);
      case HttpContent content -> stream.sendData(content.content(), false);
      default -> throw new IllegalArgumentException(part.getClass().getName());
    }
  }

  private static boolean isEmpty(LastHttpContent last) {
    return !(last instanceof HttpMessage)
        && !last.content().isReadable()
        && last.trailingHeaders().isEmpty();
  }

  /** Sends a head that waits for what follows it. */
  public final void flush() {
    sendHeld(/* last= */ false);
  }

  private void sendHeld(boolean last) {
    HttpMessage head = heldHead;
    if (head != null) {
      heldHead = null;
      stream.sendHeaders(headers(head), last);
    }
  }

  private void writeFull(FullHttpMessage full) {
    boolean interim = isInterim(full);
    if (interim || isHeadOnly() || !full.content().isReadable()) {
      Http2Headers head = headers(full);
      full.release();
      stream.sendHeaders(head, !interim);
    } else {
      stream.sendHeaders(headers(full), /* last= */ false);
      stream.sendData(full.content(), /* last= */ true);
    }
  }

  /** Returns whether the outgoing message has no body, even if its head announces one. */
  boolean isHeadOnly() {
    return false;
  }

  abstract boolean isInterim(HttpMessage head);

  private void writeLast(LastHttpContent last) {
    if (last.trailingHeaders().isEmpty()) {
      stream.sendData(last.content(), /* last= */ true);
      return;
    }
    if (last.content().isReadable()) {
      stream.sendData(last.content(), /* last= */ false);
    } else {
      last.release();
    }
    stream.sendHeaders(
        ReadOnlyHttp2Headers.trailers(
            /* validateHeaders= */ false, Http2Fields.lines(last.trailingHeaders(), Set.of())),
        /* last= */ true);
  }
}
