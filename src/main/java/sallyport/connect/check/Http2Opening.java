package sallyport.connect.check;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.BackendConfig;
import sallyport.connect.h2.Http2ClientHandler;
import sallyport.connect.stream.ClientStream;
import sallyport.net.Failure;

/**
 * HTTP/2 connection of one check, and the last handler of its pipeline: its only stream opens once
 * the settings of the backend are known.
 *
 * <p>Every call must run on the event loop of the connection.
 */
final class Http2Opening extends ChannelInboundHandlerAdapter implements Http2ClientHandler.Owner {
  private final BackendConfig backend;
  private final Function<Throwable, Failure.Upstream> classifier;
  private final Consumer<Failure.Upstream> failed;

  /** Takes the stream; null once it has it, or there will be none. */
  private @Nullable Consumer<ClientStream> opened;

  private @Nullable Http2ClientHandler frames;

  private Http2Opening(
      BackendConfig backend,
      Function<Throwable, Failure.Upstream> classifier,
      Consumer<ClientStream> opened,
      Consumer<Failure.Upstream> failed) {
    this.backend = backend;
    this.classifier = classifier;
    this.opened = opened;
    this.failed = failed;
  }

  /**
   * Sets up HTTP/2 on a connection after its handshake.
   *
   * @param opened takes the stream
   * @param failed hears that there will be none
   */
  static void install(
      Channel channel,
      BackendConfig backend,
      Function<Throwable, Failure.Upstream> classifier,
      Consumer<ClientStream> opened,
      Consumer<Failure.Upstream> failed) {
    Http2Opening opening = new Http2Opening(backend, classifier, opened, failed);
    Http2ClientHandler frames = Http2ClientHandler.create(() -> false, opening);
    opening.frames = frames;
    channel.pipeline().addLast("http2", frames);
    channel.pipeline().addLast("check", opening);
    channel.flush();
  }

  @Override
  public void onSettings(@Nullable Long maxStreams, boolean connectProtocol) {
    Consumer<ClientStream> waiting = opened;
    if (waiting != null && (maxStreams == null || maxStreams > 0)) {
      opened = null;
      waiting.accept(
          Objects.requireNonNull(frames)
              .newStream(
                  /* reused= */ false,
                  backend.limits().maxFields(),
                  backend.lenient(),
                  classifier,
                  () -> {}));
    }
  }

  @Override
  public void onPingAnswered() {}

  @Override
  public void onGoAway() {
    fail(Failure.Upstream.STREAM_REFUSED);
  }

  @Override
  public void onStreamClosed() {}

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Under TLS 1.3 a backend's verdict on the gateway's certificate arrives after the handshake.
    fail(
        classifier.apply(cause) == Failure.Upstream.TLS_IDENTITY_REFUSED
            ? Failure.Upstream.TLS_IDENTITY_REFUSED
            : Failure.Upstream.PROTOCOL_MISMATCH);
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(Failure.Upstream.PROTOCOL_MISMATCH);
    ctx.fireChannelInactive();
  }

  private void fail(Failure.Upstream failure) {
    if (opened != null) {
      opened = null;
      failed.accept(failure);
    }
  }
}
