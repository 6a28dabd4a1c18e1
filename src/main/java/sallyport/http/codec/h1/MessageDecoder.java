package sallyport.http.codec.h1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.codec.FieldSection;
import sallyport.http.codec.Framing;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.codec.Octets;
import sallyport.net.Failure;

/**
 * Decoder of HTTP/1 messages: lines that end in CRLF and in nothing else, fields, and bodies by
 * exactly one way of framing (RFC 9112). It does not repair: an invalid message ends the
 * connection's input, since the beginning of the next message is unknown then.
 */
abstract class MessageDecoder extends ByteToMessageDecoder {
  private enum State {
    START_LINE,
    FIELDS,
    FIXED,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILERS,
    /** The body ends with the connection, or the bytes are no HTTP any more. */
    UNTIL_CLOSE,
    /** What follows depends on the answer; bytes are kept. */
    SUSPENDED,
    /** Nothing that comes now means anything. */
    BROKEN
  }

  /** What a head says of what follows it, besides the values of {@link Framing}. */
  static final long UNTIL_CLOSE = -3;

  static final long SUSPEND = -4;

  /** The head was a message of its own; another head follows. */
  static final long HEAD_ONLY = -5;

  /** The body is chunked, and may have no content and no trailers. */
  static final long EMPTY_CHUNKED = -6;

  /** A chunk size with blanks and zeros around it. */
  private static final int MAX_PADDED_SIZE = 64;

  /** A body is passed on in pieces of at most this many bytes. */
  private static final int MAX_PIECE = 64 * 1024;

  /** A chunk of 2^60 bytes is no chunk. */
  private static final int MAX_SIZE_DIGITS = 15;

  private static final int LF = '\n';

  private final HttpLimits limits;
  private final FieldNames unusual;

  /** The failures that lines of the three kinds end in. */
  private final Failure badField;

  private final Failure badChunk;
  private final Failure badTrailer;

  private State state = State.START_LINE;
  private @Nullable FieldSection fields;

  /** How much of the current line was searched for its end. */
  private int searched;

  private int sectionBytes;
  private int extensionBytes;
  private long remaining;
  private boolean emptyLineSkipped;
  private boolean mustBeEmpty;

  /** Whether nothing is read behind the message that is being read. */
  private boolean last;

  MessageDecoder(
      HttpLimits limits,
      FieldNames unusual,
      Failure badField,
      Failure badChunk,
      Failure badTrailer) {
    this.limits = limits;
    this.unusual = unusual;
    this.badField = badField;
    this.badChunk = badChunk;
    this.badTrailer = badTrailer;
  }

  /**
   * Parses the first line, without its line end.
   *
   * @throws MalformedMessage when it is invalid
   */
  abstract void startLine(byte[] line);

  /** Returns whether a message may begin now; until then a single octet is malformed. */
  abstract boolean isAwaited();

  /** Returns the failure of a first line that is too long, or does not end in CRLF. */
  abstract Failure badStartLine(boolean tooLong);

  /**
   * Parses the fields and emits the head.
   *
   * @return the body's length, {@link Framing#CHUNKED}, or one of the constants above
   * @throws MalformedMessage when the fields say no such thing
   */
  abstract long head(HttpHeaders headers, List<Object> out);

  /** Returns the object that stands for an invalid head. */
  abstract HttpObject malformedHead(DecoderResult why);

  /** Returns whether lines of a head may end in LF alone. */
  boolean takesBareLf() {
    return false;
  }

  /** Returns whether a chunk size may have blanks around it, and zeros before it. */
  boolean takesPaddedChunkSizes() {
    return false;
  }

  /**
   * Returns whether a field may not stand in the trailer section: then the message is malformed.
   */
  abstract boolean refusesTrailer(CharSequence name);

  @Override
  protected final void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    State before = state;
    try {
      step(in, out);
    } catch (MalformedMessage malformed) {
      boolean inHead = before == State.START_LINE || before == State.FIELDS;
      out.add(
          inHead ? malformedHead(malformed.toResult()) : malformedContent(malformed.toResult()));
      stop();
      in.skipBytes(in.readableBytes());
    }
  }

  private void step(ByteBuf in, List<Object> out) {
    switch (state) {
      case START_LINE -> readStartLine(in, out);
      case FIELDS -> readFields(in, out);
      case FIXED -> {
        ByteBuf piece = piece(in);
        if (remaining == 0) {
          out.add(new DefaultLastHttpContent(piece, EmptyHttpHeaders.INSTANCE));
          begin();
        } else {
          out.add(new DefaultHttpContent(piece));
        }
      }
      case CHUNK_SIZE -> readChunkSize(in);
      case CHUNK_DATA -> {
        out.add(new DefaultHttpContent(piece(in)));
        if (remaining == 0) {
          state = State.CHUNK_END;
        }
      }
      case CHUNK_END -> readChunkEnd(in);
      case TRAILERS -> readTrailers(in, out);
      case UNTIL_CLOSE ->
          out.add(
              new DefaultHttpContent(
                  in.readRetainedSlice(Math.min(in.readableBytes(), MAX_PIECE))));
      case SUSPENDED -> {
        // Kept until it is known what they are. A client has no reason to send before that.
        if (in.readableBytes() > MAX_PIECE) {
          throw new MalformedMessage(Failure.Client.BAD_REQUEST);
        }
      }
      case BROKEN -> in.skipBytes(in.readableBytes());
    }
  }

  private ByteBuf piece(ByteBuf in) {
    int length = (int) Math.min(Math.min(in.readableBytes(), MAX_PIECE), remaining);
    remaining -= length;
    return in.readRetainedSlice(length);
  }

  // ---- head

  private void readStartLine(ByteBuf in, List<Object> out) {
    if (!isAwaited()) {
      // Not once the line is whole: what is kept here would begin the next message.
      throw new MalformedMessage(badStartLine(false));
    }
    byte[] line = readLine(in, limits.startLine(), badStartLine(true), badStartLine(false));
    if (line == null) {
      return;
    }
    if (line.length == 0 && !emptyLineSkipped) {
      // One, which old clients put after a body (RFC 9112 section 2.2).
      emptyLineSkipped = true;
      return;
    }
    startLine(line);
    fields = new FieldSection(limits.fields(), unusual, badField);
    sectionBytes = 0;
    state = State.FIELDS;
    readFields(in, out);
  }

  private void readFields(ByteBuf in, List<Object> out) {
    FieldSection section = Objects.requireNonNull(fields);
    byte[] line;
    while ((line = readField(in, limits.header())) != null) {
      if (line.length == 0) {
        fields = null;
        enter(head(section.headers(), out), out);
        return;
      }
      section.add(line);
    }
  }

  private byte @Nullable [] readField(ByteBuf in, int limit) {
    Failure tooLarge =
        badField instanceof Failure.Client
            ? Failure.Client.HEADER_TOO_LARGE
            : Failure.Response.HEADER_TOO_LARGE;
    byte[] line = readLine(in, limit - sectionBytes, tooLarge, badLineEnd());
    if (line != null) {
      sectionBytes += line.length + 2;
    }
    return line;
  }

  private Failure badLineEnd() {
    return badField instanceof Failure.Client
        ? Failure.Client.BAD_LINE_END
        : Failure.Response.BAD_LINE_END;
  }

  private void enter(long framing, List<Object> out) {
    if (framing > 0) {
      remaining = framing;
      state = State.FIXED;
    } else if (framing == 0 || framing == Framing.NONE) {
      out.add(LastHttpContent.EMPTY_LAST_CONTENT);
      begin();
    } else if (framing == Framing.CHUNKED || framing == EMPTY_CHUNKED) {
      mustBeEmpty = framing == EMPTY_CHUNKED;
      extensionBytes = 0;
      state = State.CHUNK_SIZE;
    } else if (framing == UNTIL_CLOSE) {
      state = State.UNTIL_CLOSE;
    } else if (framing == SUSPEND) {
      state = State.SUSPENDED;
    } else {
      begin();
    }
  }

  private void begin() {
    state = last ? State.BROKEN : State.START_LINE;
    emptyLineSkipped = false;
    searched = 0;
  }

  /**
   * Returns a line without its CRLF; null when its end has not come.
   *
   * @param max bytes without the line end
   */
  private byte @Nullable [] readLine(ByteBuf in, int max, Failure tooLong, Failure badEnd) {
    int start = in.readerIndex();
    int end = in.indexOf(start + searched, in.writerIndex(), (byte) LF);
    int seen = (end < 0 ? in.writerIndex() : end) - start;
    // The CR is not part of the line.
    if (seen - 1 > max) {
      throw new MalformedMessage(tooLong);
    }
    if (end < 0) {
      searched = seen;
      return null;
    }
    boolean bare = seen == 0 || in.getByte(end - 1) != '\r';
    if (bare && !(isInHead() && takesBareLf())) {
      throw new MalformedMessage(badEnd);
    }
    searched = 0;
    byte[] line = new byte[bare ? seen : seen - 1];
    in.readBytes(line);
    in.skipBytes(bare ? 1 : 2);
    return line;
  }

  private boolean isInHead() {
    return state == State.START_LINE || state == State.FIELDS;
  }

  // ---- chunked body (RFC 9112 section 7.1)

  private void readChunkSize(ByteBuf in) {
    int allowed = limits.chunkExtension() - extensionBytes;
    byte[] line =
        readLine(
            in,
            MAX_SIZE_DIGITS + allowed,
            badChunk instanceof Failure.Client ? Failure.Client.CHUNK_EXTENSION_TOO_LONG : badChunk,
            badChunk);
    if (line == null) {
      return;
    }
    int first = skip(line, 0, Octets::isBlank);
    int end = skip(line, first, octet -> Octets.hex(octet) >= 0);
    int extension = skip(line, end, Octets::isBlank);
    boolean padded = first > 0 || extension > end || end - first > MAX_SIZE_DIGITS;
    int significant = Math.min(skip(line, first, octet -> octet == '0'), end);
    if (first == end
        || end - significant > MAX_SIZE_DIGITS
        || (extension < line.length && line[extension] != ';')
        || (padded && extension > MAX_PADDED_SIZE)) {
      throw new MalformedMessage(badChunk);
    }
    if (padded && !takesPaddedChunkSizes()) {
      throw new MalformedMessage(
          badChunk instanceof Failure.Client ? badChunk : Failure.Response.PADDED_CHUNK_SIZE);
    }
    long size = 0;
    for (int i = significant; i < end; i++) {
      size = size << 4 | Octets.hex(line[i] & 0xff);
    }
    checkExtension(line, extension);
    extensionBytes += line.length - extension;
    if (size > 0 && mustBeEmpty) {
      throw new MalformedMessage(Failure.Response.UNEXPECTED_CONTENT);
    }
    if (size == 0) {
      fields = new FieldSection(limits.fields(), unusual, badTrailer);
      sectionBytes = 0;
      state = State.TRAILERS;
    } else {
      remaining = size;
      state = State.CHUNK_DATA;
    }
  }

  private static int skip(byte[] line, int from, IntPredicate what) {
    int i = from;
    while (i < line.length && what.test(line[i] & 0xff)) {
      i++;
    }
    return i;
  }

  /** Refuses a control character or a line end in a chunk extension, which is then dropped. */
  private void checkExtension(byte[] line, int from) {
    if (line.length - from > limits.chunkExtension() - extensionBytes) {
      throw new MalformedMessage(
          badChunk instanceof Failure.Client ? Failure.Client.CHUNK_EXTENSION_TOO_LONG : badChunk);
    }
    boolean quoted = false;
    for (int i = from; i < line.length; i++) {
      int octet = line[i] & 0xff;
      if (quoted && octet == '\\') {
        i++;
      } else if (octet == '"') {
        quoted = !quoted;
      }
      if (!(Octets.isVisible(octet) || (quoted && Octets.isValue(octet)))) {
        throw new MalformedMessage(badChunk);
      }
    }
    if (quoted || (line.length - from == 1)) {
      throw new MalformedMessage(badChunk);
    }
  }

  private void readChunkEnd(ByteBuf in) {
    if (in.readableBytes() == 1 && in.getByte(in.readerIndex()) == '\r') {
      return;
    }
    if (in.readByte() != '\r' || in.readByte() != LF) {
      throw new MalformedMessage(badChunk);
    }
    state = State.CHUNK_SIZE;
  }

  private void readTrailers(ByteBuf in, List<Object> out) {
    FieldSection section = Objects.requireNonNull(fields);
    byte[] line;
    while ((line = readField(in, limits.trailer())) != null) {
      if (line.length == 0) {
        fields = null;
        out.add(
            section.headers().isEmpty() || mustBeEmpty
                ? LastHttpContent.EMPTY_LAST_CONTENT
                : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, section.headers()));
        begin();
        return;
      }
      section.add(line, this::refusesTrailer);
    }
  }

  private static LastHttpContent malformedContent(DecoderResult why) {
    LastHttpContent last =
        new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, FieldSection.newHeaders());
    last.setDecoderResult(why);
    return last;
  }

  // ---- what the other direction decides

  /** Passes on octets unparsed from now on, those that were kept first. */
  final void tunnel(ChannelHandlerContext ctx) {
    state = State.UNTIL_CLOSE;
    // Not here: the caller is in the middle of a write.
    ctx.executor()
        .execute(
            () -> {
              try {
                channelRead(ctx, Unpooled.EMPTY_BUFFER);
                channelReadComplete(ctx);
              } catch (Exception e) {
                ctx.fireExceptionCaught(e);
              }
            });
  }

  /** Discards what follows the message that is being read. */
  final void endAfterThis() {
    last = true;
  }

  /** Discards what was kept, and what follows. */
  final void stop() {
    state = State.BROKEN;
  }

  final boolean isSuspended() {
    return state == State.SUSPENDED;
  }

  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    super.decodeLast(ctx, in, out);
    if (state == State.UNTIL_CLOSE) {
      out.add(LastHttpContent.EMPTY_LAST_CONTENT);
      state = State.BROKEN;
    }
  }
}
