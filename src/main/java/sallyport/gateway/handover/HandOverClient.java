package sallyport.gateway.handover;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.PeerCredentials;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerUser;
import sallyport.net.handover.Message;
import sallyport.net.handover.Message.Draining;
import sallyport.net.handover.Message.Give;
import sallyport.net.handover.Message.Hello;
import sallyport.net.handover.Message.Offer;
import sallyport.net.handover.Message.Refused;
import sallyport.net.handover.Message.Serving;
import sallyport.net.handover.Message.Stopped;
import sallyport.net.handover.MessageCodec;
import sallyport.net.handover.Peer;
import sallyport.net.inherit.InheritedSockets;

/**
 * Connection of the next process to the one that has the listening sockets. Calls block until the
 * answer is there.
 *
 * <p>One thread at a time.
 */
public final class HandOverClient implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  /** The end of the connection among received messages and descriptors. */
  private static final Object END = new Object();

  private final EpollDomainSocketChannel channel;
  private final Receiver receiver;
  private final BlockingQueue<Object> received;
  private final Peer peer;

  private HandOverClient(EpollDomainSocketChannel channel, Receiver receiver) throws IOException {
    this.channel = channel;
    this.receiver = receiver;
    this.received = receiver.received;
    PeerCredentials credentials = channel.peerCredentials();
    this.peer = new Peer(credentials.pid(), credentials.uid());
  }

  /**
   * Connects to the process that listens at this path.
   *
   * @param loop an event loop of epoll
   * @return null when there is none
   * @throws IOException when it cannot be reached, or runs as another user
   */
  public static @Nullable HandOverClient connect(Path path, EventLoopGroup loop)
      throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    Receiver receiver = new Receiver();
    ChannelFuture connecting =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainSocketChannel.class)
            .handler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) {
                    channel.pipeline().addLast(new MessageCodec(), receiver);
                  }
                })
            .connect(new DomainSocketAddress(path.toFile()))
            .awaitUninterruptibly();
    if (!connecting.isSuccess()) {
      Throwable cause = connecting.cause();
      if (cause instanceof ConnectException || cause instanceof FileNotFoundException) {
        // The process that made the file has ended.
        return null;
      }
      throw new IOException(
          "the process at '%s' cannot be reached: %s".formatted(path, cause.getMessage()), cause);
    }
    HandOverClient client =
        new HandOverClient((EpollDomainSocketChannel) connecting.channel(), receiver);
    if (client.peer.user() != PeerUser.own()) {
      client.close();
      throw new IOException(
          "the process at '%s' runs as user %s, not as this one: both must run as the same user"
              .formatted(path, Integer.toUnsignedString(client.peer.user())));
    }
    return client;
  }

  /** Returns the process that has the sockets. */
  public Peer peer() {
    return peer;
  }

  /**
   * Asks for the offer.
   *
   * @throws IOException when there is none; says why and what to do
   */
  public Offer begin() throws IOException {
    channel.writeAndFlush(new Hello(Message.VERSION));
    return switch (receive()) {
      case Offer offer -> offer;
      case Refused refused ->
          throw new IOException(
              "process %d refuses to hand over: %s".formatted(peer.process(), refused.reason()));
      default -> throw unexpected();
    };
  }

  /**
   * Takes the descriptor of a socket.
   *
   * @param socket its position in the offer
   * @return the caller's to close
   * @throws IOException when it does not come
   */
  public FileDescriptor take(int socket) throws IOException {
    // On the loop, before anything can arrive: what comes next is a descriptor.
    channel
        .eventLoop()
        .submit(() -> channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS))
        .awaitUninterruptibly();
    channel.writeAndFlush(new Give(socket));
    if (receive() instanceof FileDescriptor descriptor) {
      channel
          .eventLoop()
          .submit(() -> channel.config().setReadMode(DomainSocketReadMode.BYTES))
          .awaitUninterruptibly();
      return descriptor;
    }
    throw unexpected();
  }

  /**
   * Tells that this process serves, and waits until the other one accepts no more.
   *
   * @param draining takes the connections that are open there, each second; none at its end. Called
   *     on the event loop
   * @throws IOException when it does not say so; it may have ended, or still accept
   */
  public void serving(Consumer<Draining> draining) throws IOException {
    receiver.draining = draining;
    channel.writeAndFlush(new Serving());
    if (!(receive() instanceof Stopped)) {
      throw unexpected();
    }
  }

  /** Returns a future that is done when the other process has ended, or this was closed. */
  public ChannelFuture ended() {
    return channel.closeFuture();
  }

  private Object receive() throws IOException {
    try {
      Object next = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new IOException(
            "process %d did not answer within %d s".formatted(peer.process(), PATIENCE_SECONDS));
      }
      if (next == END) {
        received.add(END);
        throw new IOException(
            "process %d ended, or closed the connection, during the hand-over: start again"
                .formatted(peer.process()));
      }
      return next;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  private IOException unexpected() {
    return new IOException(
        "process %d answered out of order: is it a Sallyport of a fitting version?"
            .formatted(peer.process()));
  }

  /** Closes the connection. Before {@link #serving} this calls the hand-over off. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    for (Object each = received.poll(); each != null; each = received.poll()) {
      if (each instanceof FileDescriptor descriptor) {
        InheritedSockets.close(descriptor);
      }
    }
  }

  /** Receiver of messages and descriptors for the thread that waits. */
  private static final class Receiver extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
    private volatile Consumer<Draining> draining = ignored -> {};

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof Draining open) {
        draining.accept(open);
      } else {
        received.add(message);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      received.add(END);
      draining.accept(new Draining(List.of()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
