package sallyport.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ends of a plain connection, as its peer sees them. */
class ConnectionsTest {
  private EventLoopGroup loops;
  private ServerSocket server;
  private Channel channel;
  private Socket peer;

  @BeforeEach
  void connect() throws IOException {
    loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    channel =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .handler(new ChannelInboundHandlerAdapter())
            .connect(server.getLocalSocketAddress())
            .syncUninterruptibly()
            .channel();
    peer = server.accept();
    peer.setSoTimeout(20_000);
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    server.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void aCutIsAnEndForThePeer() throws IOException {
    Connections.cut(channel);
    assertThat(peer.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void aCutIsAResetWhereAnEndWouldMeanSomething() {
    Connections.resetWhenCut(channel);
    Connections.cut(channel);
    assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @Test
  void aResetIsOne() {
    Connections.reset(channel);
    assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  /** Its peer may have been faster, and a stop cuts from another thread. */
  @Test
  void aConnectionThatHasClosedMeanwhileIsLeftAlone() {
    channel.close().syncUninterruptibly();
    Connections.reset(channel);
    assertThat(channel.isOpen()).isFalse();
  }
}
