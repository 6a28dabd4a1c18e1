package sallyport.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import sallyport.testkit.RawHttp2;

/** A fuzzer that finds nothing has to be one that would: faults are planted, and each is found. */
class PlantedFaultsTest {
  /** A target and an input that a sound gateway passes. */
  enum Target {
    HTTP1_REQUEST(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n") {
      @Override
      void run(byte[] input) {
        new Http1RequestFuzz().backendsReadWhatTheGatewayMeant(input);
      }
    },
    HTTP1_RESPONSE("GSHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi") {
      @Override
      void run(byte[] input) {
        new Http1ResponseFuzz().clientsGetWhatTheGatewayMeant(input);
      }
    },
    HTTP2_STREAM(
        "H :method=POST & :scheme=https & :authority=localhost & :path=/ & x-a=b ; D hello ; HE x-sum=1") {
      @Override
      void run(byte[] input) {
        new Http2StreamFuzz().backendsReadWhatTheFramesMean(input);
      }
    },
    HTTP2_CONNECTION(String.join("", Http2Client.octets(HTTP2_STREAM.input))) {
      @Override
      void run(byte[] input) {
        new Http2ConnectionFuzz().everyAnswerIsHttp2AndEveryRequestCanonical(input);
      }
    },
    HTTP2_RESPONSE("DSH :status=200 & x-a=b ; H3 :status=200 & x-a=b ; DE3 two ; DE one") {
      @Override
      void run(byte[] input) {
        new Http2ResponseFuzz().clientsGetWhatTheFramesMean(input);
      }
    };

    private final String input;

    Target(String input) {
      this.input = input;
    }

    abstract void run(byte[] input);

    void run() {
      run(Octets.of(input));
    }
  }

  private static void assertFound(
      Target target, Consumer<ChannelPipeline> fault, String... reports) {
    assertThatThrownBy(() -> ScopedValue.where(Rig.FAULT, fault).run(target::run))
        .hasMessageContaining("input '")
        .satisfies(
            found ->
                assertThat(
                        Stream.of(reports).anyMatch(String.valueOf(found.getMessage())::contains))
                    .as("%s", found.getMessage())
                    .isTrue());
  }

  @ParameterizedTest
  @EnumSource
  void whatIsSoundIsFoundSound(Target target) {
    target.run();
  }

  // ---- faults of handlers, planted behind each front's codec

  /** One goes into the pipeline of every connection and stream, where it keeps nothing. */
  @Sharable
  private abstract static class Fault extends ChannelDuplexHandler {}

  /** Between the codec, with its tap, and the proxy: of an HTTP/1 connection or a stream. */
  private static Consumer<ChannelPipeline> behindTap(Fault fault) {
    return pipeline -> {
      if (pipeline.get("proxy") != null) {
        pipeline.addBefore("proxy", "fault", fault);
      }
    };
  }

  /** Of the codec itself. */
  private static Consumer<ChannelPipeline> beforeTap(Fault fault) {
    return pipeline -> {
      if (pipeline.get("proxy") != null) {
        pipeline.addAfter("http", "fault", fault);
      }
    };
  }

  /** Of what goes to a backend of HTTP/1. */
  private static Consumer<ChannelPipeline> behindEncoder(Fault fault) {
    return pipeline -> {
      if (pipeline.get("encoder") != null) {
        pipeline.addAfter("encoder", "fault", fault);
      }
    };
  }

  /** Changes messages of this type on their way in, or throws in their place. */
  private static <T> Fault reading(Class<T> type, Consumer<T> change) {
    return new Fault() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (type.isInstance(message)) {
          change.accept(type.cast(message));
        }
        ctx.fireChannelRead(message);
      }
    };
  }

  /** The same on their way out. */
  private static <T> Fault writing(Class<T> type, Consumer<T> change) {
    return new Fault() {
      @Override
      public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (type.isInstance(message)) {
          change.accept(type.cast(message));
        }
        ctx.write(message, promise);
      }
    };
  }

  /** Lets everything out, and something more behind the end of a message. */
  private static Fault behindEnd(Consumer<ChannelHandlerContext> more) {
    return new Fault() {
      @Override
      public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ctx.write(message, promise);
        if (message instanceof LastHttpContent) {
          more.accept(ctx);
        }
      }
    };
  }

  private static void dropOctet(HttpContent content) {
    if (content.content().isReadable()) {
      content.content().skipBytes(1);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aDroppedOctetOfABody(Target target) {
    assertFound(
        target,
        behindTap(reading(HttpContent.class, PlantedFaultsTest::dropOctet)),
        "body: meant 'hello'");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aBufferThatIsKept(Target target) {
    assertFound(
        target,
        behindTap(
            reading(
                HttpContent.class,
                content -> {
                  if (content.content().isReadable()) {
                    content.retain();
                  }
                })),
        "not released");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void anException(Target target) {
    assertFound(
        target,
        beforeTap(
            reading(
                HttpContent.class,
                content -> {
                  throw new IllegalStateException("planted");
                })),
        "a handler has thrown java.lang.IllegalStateException: planted");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aFailureThatIsNoneOfOurs(Target target) {
    assertFound(
        target,
        beforeTap(
            reading(
                LastHttpContent.class,
                last ->
                    last.setDecoderResult(
                        DecoderResult.failure(new IllegalArgumentException("planted"))))),
        "not a MalformedMessage");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aFieldThatIsLost(Target target) {
    assertFound(
        target,
        behindTap(reading(HttpRequest.class, head -> head.headers().remove("x-a"))),
        "lost: ");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aTargetThatCanBeReadInTwoWays(Target target) {
    assertFound(
        target,
        behindEncoder(writing(HttpRequest.class, head -> head.setUri("/a/../b"))),
        "a path that can be read in two ways");
  }

  // ---- smuggling: what frames a body, twice

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aLengthBesideTheCoding(Target target) {
    assertFound(
        target,
        behindEncoder(
            writing(
                HttpRequest.class, head -> head.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0))),
        "two framings");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aLengthInDisguise(Target target) {
    assertFound(
        target,
        behindEncoder(
            writing(HttpRequest.class, head -> head.headers().set("Content_Length", "3"))),
        "a field that nobody sent: Content_Length");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aSecondRequestInAField(Target target) {
    assertFound(
        target,
        behindEncoder(
            writing(
                HttpRequest.class,
                head -> head.headers().set("x-a", "b\r\n\r\nGET /smuggled HTTP/1.1"))),
        "not canonical: 'GET /smuggled HTTP/1.1'");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = ".*RESPONSE")
  void aSecondRequestBehindTheFirst(Target target) {
    assertFound(
        target,
        behindEncoder(
            behindEnd(
                ctx ->
                    ctx.pipeline()
                        .context("encoder")
                        .write(
                            Unpooled.wrappedBuffer(
                                Octets.of("GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"))))),
        "how many arrived: meant '1', not '2'",
        "nobody's request: GET /smuggled");
  }

  // ---- faults of HTTP/2 alone

  @Test
  void trailersThatTheCodecLoses() {
    assertFound(
        Target.HTTP2_STREAM,
        beforeTap(reading(LastHttpContent.class, last -> last.trailingHeaders().clear())),
        "trailers of the frames");
  }

  @Test
  void aHeadThatTheCodecReadsInItsOwnWay() {
    assertFound(
        Target.HTTP2_STREAM,
        beforeTap(reading(HttpRequest.class, head -> head.setUri("/other"))),
        "path of the frames");
  }

  @Test
  void aFrameThatIsNone() {
    assertFound(
        Target.HTTP2_CONNECTION,
        pipeline -> {
          if (pipeline.get("http2") != null && pipeline.get("session") == null) {
            AtomicInteger written = new AtomicInteger();
            pipeline.addAfter(
                "ssl",
                "fault",
                writing(
                    ByteBuf.class,
                    octets -> {
                      if (written.getAndIncrement() == 3) {
                        octets.setByte(octets.readerIndex() + 2, 200);
                      }
                    }));
          }
        },
        "half a frame");
  }

  @Test
  void aResponseForAnotherClient() {
    assertFound(
        Target.HTTP2_RESPONSE,
        pipeline -> {
          if (pipeline.get("session") != null) {
            pipeline.addAfter(
                "ssl", "fault", reading(ByteBuf.class, PlantedFaultsTest::swapStreams));
          }
        },
        "body: meant 'one'",
        "body: meant 'two'");
  }

  /** Of frames that come one by one. */
  private static void swapStreams(ByteBuf octets) {
    if (octets.readableBytes() > 9 && octets.getByte(octets.readerIndex() + 3) == RawHttp2.DATA) {
      int stream = octets.readerIndex() + 8;
      octets.setByte(stream, octets.getByte(stream) == 3 ? 5 : 3);
    }
  }

  // ---- faults of responses

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_ALL, names = ".*RESPONSE")
  void aDroppedOctetOfAResponse(Target target) {
    assertFound(
        target,
        behindTap(writing(HttpContent.class, PlantedFaultsTest::dropOctet)),
        "body: meant '",
        "not the beginning: ");
  }

  @Test
  void aSecondResponse() {
    assertFound(
        Target.HTTP1_RESPONSE,
        behindTap(
            behindEnd(
                ctx -> {
                  DefaultFullHttpResponse second =
                      new DefaultFullHttpResponse(
                          HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
                  second.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
                  ctx.write(second);
                })),
        "where the response ends");
  }
}
