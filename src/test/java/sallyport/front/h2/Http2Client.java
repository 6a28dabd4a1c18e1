package sallyport.front.h2;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import sallyport.config.GatewayConfig;
import sallyport.net.Connections;
import sallyport.net.Failure;
import sallyport.proxy.ProxyContext;
import sallyport.testkit.EmbeddedHttp2;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.Parsed;
import sallyport.testkit.ProxyFixture;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/**
 * A client's HTTP/2 connection, frame by frame and by a standing clock, before a backend that is
 * fake: each request finds an idle connection of it.
 */
final class Http2Client {
  static final String HSTS = "max-age=1";

  /** Octets of a request body that a client may send ahead on one stream. */
  static final int WINDOW = 65_535;

  private static final GatewayConfig CONFIG =
      Parsed.of(
          Setup.to("a:1")
              .listener(
                  "http2 { initial-window = 65535B, max-concurrent-streams = 3,"
                      + " ping { interval = 30s, timeout = 20s },"
                      + " floods { window = 1h, resets = 3, control-frames = 5,"
                      + " empty-frames = 3 } }")
              .limits(
                  "max-header = 1KiB, max-body = 1MiB, body-idle-timeout = 20s,"
                      + " keep-alive-timeout = 60s"));

  final EmbeddedChannel channel = new EmbeddedChannel();
  final ProxyFixture proxy = new ProxyFixture(CONFIG);
  final EmbeddedHttp2 frames = new EmbeddedHttp2(channel);
  final List<FakeClientStream> upstreams = new ArrayList<>();

  /** What the client did wrong, as metrics and audit hear of it. */
  final List<String> reports = new ArrayList<>();

  final Http2ServerHandler handler;
  int lost;

  Http2Client() {
    channel.freezeTime();
    ProxyContext context = proxy.context(channel.eventLoop());
    handler =
        Http2ServerHandler.create(
            proxy.listener().http2(),
            context.limits(),
            Duration.ofSeconds(30),
            () -> false,
            new Http2ServerHandler.Reports() {
              @Override
              public void aborted(String reason) {
                reports.add(reason);
              }

              @Override
              public void streamError(Failure.Client failure) {
                reports.add(failure.flag());
              }
            },
            Http2ServerStream.factory(
                new StreamContext(
                    context,
                    ProxyFixture.connection(),
                    ProxyFixture.intake(context),
                    context.limits(),
                    proxy.listener().http().fieldNames(),
                    AsciiString.of(HSTS),
                    context.limits().bodyIdleTimeout().toNanos())));
    channel
        .pipeline()
        .addLast("http2", handler)
        .addLast(
            "connection",
            new Http2Lifecycle(
                handler,
                context.limits().keepAliveTimeout().toNanos(),
                context.limits().bodyIdleTimeout().toNanos(),
                proxy.listener().http2().pings(),
                () -> lost++))
        .addLast("end", new ChannelInboundHandlerAdapter());
    handler.widen();
  }

  /** Sends the preface with settings, acknowledges the gateway's, and forgets its answer. */
  Http2Client opened(byte... settings) {
    frames.read(RawHttp2.PREFACE.getBytes(StandardCharsets.US_ASCII));
    frames.receive(RawHttp2.SETTINGS, 0, 0, settings);
    frames.receive(RawHttp2.SETTINGS, EmbeddedHttp2.ACK, 0, new byte[0]);
    frames.sent();
    return this;
  }

  /** Settings that let the gateway send this much of a body on each stream. */
  static byte[] window(int octets) {
    byte[] size = EmbeddedHttp2.number(octets);
    return new byte[] {0, 4, size[0], size[1], size[2], size[3]};
  }

  /** The step of a whole request head. */
  static String head(String method, String more) {
    return " :method="
        + method
        + " & :scheme=https & :authority=localhost & :path=/x"
        + (more.isEmpty() ? "" : " & " + more);
  }

  /** Puts another idle connection into the backend's pool. */
  FakeClientStream idle() {
    FakeClientStream upstream = new FakeClientStream();
    upstreams.add(upstream);
    proxy.transport.idle.add(upstream);
    return upstream;
  }

  /** Sends a whole GET, and returns the connection that it goes over. */
  FakeClientStream get(int stream) {
    FakeClientStream upstream = idle();
    frames.read("HE" + stream + head("GET", ""));
    return upstream;
  }

  /** Sends the head of a POST, and returns the connection that it goes over. */
  FakeClientStream post(int stream) {
    FakeClientStream upstream = idle();
    frames.read("H" + stream + head("POST", ""));
    return upstream;
  }

  /** Sends a piece of a body. */
  void data(int stream, int octets) {
    frames.receive(RawHttp2.DATA, 0, stream, new byte[octets]);
  }

  /** Lets the gateway send more of a body on this stream and on the connection. */
  void widen(int stream, int octets) {
    frames.receive(RawHttp2.WINDOW_UPDATE, 0, 0, EmbeddedHttp2.number(octets));
    frames.receive(RawHttp2.WINDOW_UPDATE, 0, stream, EmbeddedHttp2.number(octets));
  }

  /** Runs this while the connection is being read: what it has others write is flushed after it. */
  void inOneRead(Runnable action) {
    channel.pipeline().fireChannelRead(Unpooled.buffer(0));
    action.run();
    channel.pipeline().fireChannelReadComplete();
  }

  /** What was sent since this was last asked, once nothing moves any more. */
  List<String> told() {
    channel.runPendingTasks();
    return frames.told();
  }

  /** Lets time pass, second by second. */
  void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
      channel.runPendingTasks();
    }
  }

  /** Open streams. */
  int streams() {
    return handler.connection().numActiveStreams();
  }

  /** The client goes away without a word. */
  void hangUp() {
    Connections.cut(channel);
    channel.runPendingTasks();
  }

  /** Octets that came in on this stream and were not returned to its window. */
  int kept(int stream) {
    return handler
        .connection()
        .local()
        .flowController()
        .unconsumedBytes(handler.connection().stream(stream));
  }
}
