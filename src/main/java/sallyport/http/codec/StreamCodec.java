package sallyport.http.codec;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.PromiseNotifier;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.net.Failure;

/**
 * One HTTP/2 stream as HTTP/1 objects: heads, contents, and a last content with the trailers. Holds
 * the body to the length that the head announced (RFC 9113 section 8.1.1).
 */
abstract class StreamCodec extends ChannelDuplexHandler {
  /** Nothing announced. */
  static final long ANY_LENGTH = -1;

  private final Failure bad;
  private final Failure badLength;
  private final int maxFields;
  private final FieldNames unusual;

  private @Nullable HttpMessage heldHead;
  private @Nullable ChannelPromise heldPromise;
  private boolean headSeen;
  private boolean ended;
  private long left = ANY_LENGTH;

  /**
   * @param maxFields of a head, and of trailers
   */
  StreamCodec(int maxFields, FieldNames unusual, Failure bad, Failure badLength) {
    this.maxFields = maxFields;
    this.unusual = unusual;
    this.bad = bad;
    this.badLength = badLength;
  }

  /**
   * Makes a head of the frame and fires it.
   *
   * @return false when another head has to follow
   * @throws MalformedMessage when it is none
   */
  abstract boolean head(ChannelHandlerContext ctx, Http2HeadersFrame frame);

  /** In place of a head that cannot be trusted. */
  abstract HttpObject malformedHead(MalformedMessage why);

  /** The frame for a head that goes out. */
  abstract Http2HeadersFrame frame(HttpMessage head, boolean last);

  final HttpHeaders fields(Http2HeadersFrame frame) {
    return Http2Fields.toHttp1(frame.headers(), /* trailers= */ false, maxFields, unusual, bad);
  }

  /**
   * @param length what Content-Length says, or {@link #ANY_LENGTH}
   */
  final void expectBody(long length) {
    left = length;
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    // Priorities and frames that nobody knows are no part of a message (RFC 9113 section 5.5).
    if (ended || !(message instanceof Http2HeadersFrame || message instanceof Http2DataFrame)) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      if (message instanceof Http2HeadersFrame headers) {
        onHeaders(ctx, headers);
      } else {
        onData(ctx, (Http2DataFrame) message);
      }
    } catch (MalformedMessage malformed) {
      ended = true;
      if (headSeen) {
        LastHttpContent last =
            new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, FieldSection.newHeaders());
        last.setDecoderResult(malformed.toResult());
        ctx.fireChannelRead(last);
      } else {
        ctx.fireChannelRead(malformedHead(malformed));
      }
    }
  }

  private void onHeaders(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
    if (headSeen) {
      if (!frame.isEndStream()) {
        throw new MalformedMessage(bad);
      }
      HttpHeaders trailers =
          Http2Fields.toHttp1(
              frame.headers(),
              /* trailers= */ true,
              maxFields,
              unusual,
              bad instanceof Failure.Client
                  ? Failure.Client.BAD_TRAILER
                  : Failure.Response.BAD_TRAILER);
      end(ctx, new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
      return;
    }
    headSeen = head(ctx, frame);
    if (frame.isEndStream()) {
      if (!headSeen) {
        throw new MalformedMessage(bad);
      }
      end(ctx, LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  private void onData(ChannelHandlerContext ctx, Http2DataFrame frame) {
    int length = frame.content().readableBytes();
    if (!headSeen || (left >= 0 && length > left)) {
      frame.release();
      throw new MalformedMessage(headSeen ? badLength : bad);
    }
    left = left >= 0 ? left - length : left;
    // The content's reference is the frame's.
    if (frame.isEndStream()) {
      end(ctx, new DefaultLastHttpContent(frame.content(), EmptyHttpHeaders.INSTANCE));
    } else {
      ctx.fireChannelRead(new DefaultHttpContent(frame.content()));
    }
  }

  private void end(ChannelHandlerContext ctx, LastHttpContent last) {
    if (left > 0) {
      last.release();
      throw new MalformedMessage(badLength);
    }
    ended = true;
    ctx.fireChannelRead(last);
  }

  @Override
  public final void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof LastHttpContent last && isEmpty(last) && heldHead != null) {
      last.release();
      writeHeld(ctx, /* last= */ true, promise);
      return;
    }
    writeHeld(ctx, /* last= */ false, null);
    switch (message) {
      case FullHttpMessage full -> writeFull(ctx, full, promise);
      case HttpMessage head -> {
        heldHead = head;
        heldPromise = promise;
      }
      case LastHttpContent last -> writeLast(ctx, last, promise);
      case HttpContent content ->
          ctx.write(new DefaultHttp2DataFrame(content.content(), false), promise);
      default -> ctx.write(message, promise);
    }
  }

  private static boolean isEmpty(LastHttpContent last) {
    return !(last instanceof HttpMessage)
        && !last.content().isReadable()
        && last.trailingHeaders().isEmpty();
  }

  /**
   * Writes the head that waited to see whether anything follows it: a message without a body is one
   * frame, and to gRPC it is another thing than one with an empty body.
   */
  private void writeHeld(
      ChannelHandlerContext ctx, boolean last, @Nullable ChannelPromise promise) {
    HttpMessage head = heldHead;
    ChannelPromise waiting = heldPromise;
    if (head == null || waiting == null) {
      return;
    }
    heldHead = null;
    heldPromise = null;
    ChannelFuture written = ctx.write(frame(head, last), waiting);
    if (promise != null) {
      PromiseNotifier.cascade(written, promise);
    }
  }

  @Override
  public final void flush(ChannelHandlerContext ctx) {
    writeHeld(ctx, /* last= */ false, null);
    ctx.flush();
  }

  private void writeFull(ChannelHandlerContext ctx, FullHttpMessage full, ChannelPromise promise) {
    boolean interim = isInterim(full);
    if (interim || isHeadOnly() || !full.content().isReadable()) {
      Http2HeadersFrame head = frame(full, !interim);
      full.release();
      ctx.write(head, promise);
    } else {
      ctx.write(frame(full, /* last= */ false));
      ctx.write(new DefaultHttp2DataFrame(full.content(), true), promise);
    }
  }

  /** Whether what goes out has no body, whatever its head says. */
  boolean isHeadOnly() {
    return false;
  }

  abstract boolean isInterim(HttpMessage head);

  private void writeLast(ChannelHandlerContext ctx, LastHttpContent last, ChannelPromise promise) {
    if (last.trailingHeaders().isEmpty()) {
      ctx.write(new DefaultHttp2DataFrame(last.content(), true), promise);
      return;
    }
    if (last.content().isReadable()) {
      ctx.write(new DefaultHttp2DataFrame(last.content(), false));
    } else {
      last.release();
    }
    ctx.write(
        new DefaultHttp2HeadersFrame(
            Http2Fields.addTo(Http2Fields.newHeaders(), last.trailingHeaders()), true),
        promise);
  }
}
