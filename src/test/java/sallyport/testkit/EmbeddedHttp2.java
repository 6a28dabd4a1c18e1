package sallyport.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import sallyport.testkit.RawHttp2.Frame;

/** The peer's end of an HTTP/2 connection whose other end is an {@link EmbeddedChannel}. */
public final class EmbeddedHttp2 {
  public static final int ACK = 1;

  /** The flag of a frame that has padding. */
  public static final int PADDED = 8;

  /** How much of a body is shown as text. */
  private static final int SHORT = 16;

  private final EmbeddedChannel channel;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
  private final Map<Integer, Http2Headers> heads = new HashMap<>();

  /** Of the channel that has, or is to get, the codec. */
  public EmbeddedHttp2(EmbeddedChannel channel) {
    this.channel = channel;
  }

  /** Four octets, as WINDOW_UPDATE, RST_STREAM and others have them. */
  public static byte[] number(int number) {
    return new byte[] {
      (byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number
    };
  }

  /** Lets a frame come in, in a read of its own. */
  public void receive(int type, int flags, int stream, byte[] payload) {
    read(RawHttp2.frame(type, flags, stream, payload));
  }

  /** Lets octets come in, in one read. */
  public void read(byte[] octets) {
    channel.writeInbound(Unpooled.wrappedBuffer(octets));
    channel.runPendingTasks();
  }

  /** Lets frames in the form of {@link Http2Steps} come in, in one read. */
  public void read(String steps) {
    ByteBuf all = Unpooled.buffer();
    Http2Steps.parse(steps).forEach(step -> all.writeBytes(step.bytes(step.stream())));
    channel.writeInbound(all);
    channel.runPendingTasks();
  }

  /** Returns the frames that were sent since this was last asked, without a preface. */
  public List<Frame> sent() {
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      all.writeBytes(next);
      next.release();
    }
    if (all.readableBytes() > 3 && all.getByte(0) == 'P' && all.getByte(1) == 'R') {
      all.skipBytes(RawHttp2.PREFACE.length());
    }
    List<Frame> frames = new ArrayList<>();
    while (all.isReadable()) {
      int length = all.readMedium();
      int type = all.readByte();
      int flags = all.readByte();
      int stream = all.readInt();
      frames.add(new Frame(type, flags, stream, ByteBufUtil.getBytes(all.readSlice(length))));
    }
    all.release();
    return frames;
  }

  /** Returns those of a type on a stream; a header block among the others is lost. */
  public List<Frame> sent(int type, int stream) {
    return sent().stream()
        .filter(frame -> frame.type() == type && frame.stream() == stream)
        .toList();
  }

  /**
   * Returns the same in words: the name of the frame, its stream, then the status or the fields of
   * a head, the text or the length of a body, the name of an error, or a number.
   */
  public List<String> told() {
    return sent().stream().map(this::words).toList();
  }

  /** Returns the newest head or trailers of a stream that {@link #told} has told of. */
  public Http2Headers head(int stream) {
    return Objects.requireNonNull(heads.get(stream));
  }

  private String words(Frame frame) {
    String end = (frame.flags() & RawHttp2.END_STREAM) != 0 ? " end" : "";
    return switch (frame.type()) {
      case RawHttp2.DATA -> "DATA " + frame.stream() + " " + body(frame.payload()) + end;
      case RawHttp2.HEADERS -> "HEADERS " + frame.stream() + " " + fields(frame) + end;
      case RawHttp2.RST_STREAM -> "RST_STREAM " + frame.stream() + " " + error(frame, 0);
      case RawHttp2.GOAWAY -> "GOAWAY " + frame.number(0) + " " + error(frame, 4);
      case RawHttp2.WINDOW_UPDATE -> "WINDOW_UPDATE " + frame.stream() + " " + frame.number(0);
      case RawHttp2.SETTINGS -> frame.flags() == ACK ? "SETTINGS ACK" : "SETTINGS";
      case RawHttp2.PING -> frame.flags() == ACK ? "PING ACK" : "PING";
      default -> "frame " + frame.type();
    };
  }

  private static String body(byte[] payload) {
    return payload.length > SHORT
        ? String.valueOf(payload.length)
        : new String(payload, StandardCharsets.US_ASCII);
  }

  private static Http2Error error(Frame frame, int offset) {
    return Http2Error.valueOf(frame.number(offset));
  }

  private String fields(Frame frame) {
    try {
      Http2Headers head =
          decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
      heads.put(frame.stream(), head);
      return head.status() != null
          ? head.status().toString()
          : StreamSupport.stream(head.spliterator(), false)
              .map(field -> field.getKey() + "=" + field.getValue())
              .collect(Collectors.joining(" & "));
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
  }
}
