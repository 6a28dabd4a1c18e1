package sallyport.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * HTTP/2 frame by frame (RFC 9113): shows what clients hide, GOAWAY above all, and sends what they
 * would not. Acknowledges nothing and updates no window by itself.
 */
public final class RawHttp2 implements AutoCloseable {
  /** What a client says first (RFC 9113 section 3.4). */
  public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int END_HEADERS = 4;

  /** A frame as it was on the wire. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Frame(int type, int flags, int stream, byte[] payload) {
    /** The number at this offset of the payload: the error code of RST_STREAM is at 0. */
    public int number(int offset) {
      return Unpooled.wrappedBuffer(payload).getInt(offset);
    }
  }

  private final SSLSocket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();

  private RawHttp2(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Shakes hands for h2, and sends the preface with empty settings. */
  public static RawHttp2 connect(InetSocketAddress address) throws IOException {
    return connect(address, TestPki.context(null, TestPki.FRONT));
  }

  public static RawHttp2 connect(InetSocketAddress address, SSLContext context) throws IOException {
    SSLParameters parameters = new SSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    SSLSocket socket = RawClient.handshake(address, context, "localhost", parameters);
    return over(socket);
  }

  /** The same on a socket that has shaken hands. */
  public static RawHttp2 over(SSLSocket socket) throws IOException {
    if (!socket.getApplicationProtocol().equals("h2")) {
      throw new AssertionError("not h2 but '" + socket.getApplicationProtocol() + "'");
    }
    RawHttp2 client = new RawHttp2(socket);
    client.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    client.send(SETTINGS, 0, 0, new byte[0]);
    return client;
  }

  /** The other end: shakes hands and reads the preface; sends nothing. */
  static RawHttp2 accept(SSLSocket socket) throws IOException {
    RawHttp2 server = new RawHttp2(socket);
    byte[] preface = server.in.readNBytes(PREFACE.length());
    if (!PREFACE.equals(new String(preface, StandardCharsets.US_ASCII))) {
      throw new IOException("no preface");
    }
    return server;
  }

  /** Sends one frame. */
  public void send(int type, int flags, int stream, byte[] payload) throws IOException {
    write(frame(type, flags, stream, payload));
  }

  /** Sends bytes as they stand. */
  public void write(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** A frame as it is on the wire (RFC 9113 section 4.1). */
  public static byte[] frame(int type, int flags, int stream, byte[] payload) {
    ByteBuf frame = Unpooled.buffer(9 + payload.length);
    frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
    frame.writeBytes(payload);
    return bytes(frame);
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = ByteBufUtil.getBytes(buffer);
    buffer.release();
    return bytes;
  }

  /** Sends a request head for localhost; {@code fields} in addition to the pseudo fields. */
  public void request(
      int stream, String method, String path, boolean end, Map<String, String> fields)
      throws IOException {
    Http2Headers headers =
        new DefaultHttp2Headers(/* validate= */ false)
            .method(method)
            .scheme("https")
            .authority("localhost")
            .path(path);
    fields.forEach(headers::add);
    send(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, encode(stream, headers));
  }

  /** Asks to make a stream a WebSocket (RFC 8441 section 5). */
  public void requestWebSocket(int stream, String path) throws IOException {
    request(
        stream,
        "CONNECT",
        path,
        false,
        Map.of(":protocol", "websocket", "sec-websocket-version", "13"));
  }

  /** Sends a GET with these fields, of which some may have the same name. */
  public void requestWithFields(int stream, List<Map.Entry<String, String>> fields)
      throws IOException {
    Http2Headers headers =
        new DefaultHttp2Headers(/* validate= */ false)
            .method("GET")
            .scheme("https")
            .authority("localhost")
            .path("/");
    fields.forEach(field -> headers.add(field.getKey(), field.getValue()));
    send(HEADERS, END_HEADERS | END_STREAM, stream, encode(stream, headers));
  }

  /** Sends fields as they stand and in this order: literals without an index (RFC 7541 6.2.2). */
  public void literals(int flags, int stream, List<Map.Entry<String, String>> fields)
      throws IOException {
    send(HEADERS, END_HEADERS | flags, stream, literals(fields));
  }

  /** The block of {@link #literals(int, int, List)}. */
  public static byte[] literals(List<Map.Entry<String, String>> fields) {
    ByteBuf block = Unpooled.buffer();
    for (Map.Entry<String, String> field : fields) {
      block.writeByte(0);
      literal(block, field.getKey());
      literal(block, field.getValue());
    }
    return bytes(block);
  }

  /** A string without Huffman coding (RFC 7541 section 5.2). */
  public static void literal(ByteBuf to, String text) {
    int length = text.length();
    if (length < 127) {
      to.writeByte(length);
    } else {
      to.writeByte(127);
      int rest = length - 127;
      while (rest >= 128) {
        to.writeByte(rest % 128 + 128);
        rest /= 128;
      }
      to.writeByte(rest);
    }
    to.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Ends a request with trailers. */
  public void trailers(int stream, Map<String, String> fields) throws IOException {
    Http2Headers trailers = new DefaultHttp2Headers(/* validate= */ false);
    fields.forEach(trailers::add);
    send(HEADERS, END_HEADERS | END_STREAM, stream, encode(stream, trailers));
  }

  /** Sends a response head that is the whole response. */
  void respond(int stream, String status) throws IOException {
    Http2Headers head = new DefaultHttp2Headers(/* validate= */ false).status(status);
    send(HEADERS, END_HEADERS | END_STREAM, stream, encode(stream, head));
  }

  /** Sends a response head; a body of this length follows. */
  void respond(int stream, String status, int length) throws IOException {
    respond(stream, status, length, "", "", 0);
  }

  /** The same with a field that stands in it so many times; the frame has it once (RFC 7541). */
  void respond(int stream, String status, int length, String name, String value, int times)
      throws IOException {
    Http2Headers head = new DefaultHttp2Headers(/* validate= */ false).status(status);
    head.addInt("content-length", length);
    for (int i = 0; i < times; i++) {
      head.add(name, value);
    }
    send(HEADERS, END_HEADERS, stream, encode(stream, head));
  }

  private byte[] encode(int stream, Http2Headers headers) throws IOException {
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(stream, headers, block);
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
    return bytes(block);
  }

  /** Sends a whole GET. */
  public void get(int stream, String path) throws IOException {
    request(stream, "GET", path, true, Map.of());
  }

  /** The next frame; fails at the end of the connection. */
  public Frame read() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("the connection ended within a frame");
    }
    return new Frame(type, flags, stream, payload);
  }

  /** The next frame that fits; those before it are thrown away, but header blocks are decoded. */
  public Frame readUntil(Predicate<Frame> wanted) throws IOException {
    while (true) {
      Frame frame = read();
      if (wanted.test(frame)) {
        return frame;
      }
      if (frame.type() == HEADERS) {
        decode(frame);
      }
    }
  }

  /** The head of the response on this stream. */
  public Http2Headers readHead(int stream) throws IOException {
    return decode(readUntil(f -> f.type() == HEADERS && f.stream() == stream));
  }

  /** What a HEADERS frame holds. */
  public Http2Headers decode(Frame frame) throws IOException {
    try {
      return decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
  }

  /** Reads what is left, and returns once the gateway has closed the connection. */
  public void readToEnd() throws IOException {
    while (in.read() >= 0) {
      // Whatever it is.
    }
  }

  /** Says close_notify and leaves the socket open. */
  public void closeNotify() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
