package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldPortTest {
  private static InetSocketAddress of(HeldPort port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port.number());
  }

  @Test
  void connectionsAreRefused() throws Exception {
    try (HeldPort port = HeldPort.hold();
        Socket client = new Socket()) {
      assertThatThrownBy(() -> client.connect(of(port))).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void aServerWithReuseListensOnIt() throws Exception {
    try (HeldPort port = HeldPort.hold();
        ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(of(port));
      try (Socket client = new Socket()) {
        client.connect(of(port));
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  @Test
  void othersCannotTakeIt() throws Exception {
    try (HeldPort port = HeldPort.hold();
        ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(false);
      assertThatThrownBy(() -> server.bind(of(port))).isInstanceOf(BindException.class);
    }
  }

  /** As when another test has just been given the same port there. */
  @Test
  void aServerWhosePortIsTakenAtTheOtherAddressGivesWayToTheNext() throws Exception {
    List<ServerSocket> started = new ArrayList<>();
    List<ServerSocket> takers = new ArrayList<>();
    HeldPort.Held<ServerSocket> held =
        HeldPort.holdToo(
            "127.0.0.2",
            () -> {
              ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
              if (started.isEmpty()) {
                takers.add(
                    new ServerSocket(server.getLocalPort(), 1, InetAddress.ofLiteral("127.0.0.2")));
              }
              started.add(server);
              return server;
            },
            ServerSocket::getLocalPort);
    assertThat(started).hasSizeGreaterThan(1);
    assertThat(started.getFirst().isClosed()).isTrue();
    assertThat(held.server()).isSameAs(started.getLast());
    assertThat(held.port().number()).isEqualTo(held.server().getLocalPort());
    held.port().close();
    held.server().close();
    takers.getFirst().close();
  }
}
