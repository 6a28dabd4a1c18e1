package sallyport.net.inherit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.address.BindAddress;

/** Which inherited socket is for which listener. */
class InheritedSocketsTest {
  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }

  private static InheritedSockets with(String name, String host, int port) {
    InheritedSockets sockets = new InheritedSockets();
    // Never closed: it is no descriptor.
    sockets.add(
        List.of(
            new InheritedSocket(name, at(host, port), new FileDescriptor(1_000_000), "systemd")));
    return sockets;
  }

  @ParameterizedTest
  @CsvSource({
    // name, address, port, listener, bind, port, fits
    "any, 127.0.0.1, 8443, https, 127.0.0.1, 8443, true",
    "any, 127.0.0.1, 8443, https, localhost, 8443, true",
    "https, 127.0.0.1, 8443, https, 127.0.0.1, 8444, false",
    "https, 0.0.0.0, 8443, https, 127.0.0.1, 8443, false",
    "https, ::, 8443, https, 0.0.0.0, 8443, true",
    "https, 0.0.0.0, 8443, https, 0.0.0.0, 8443, true",
    "https, 0.0.0.0, 8443, https, ::, 8443, false",
    "https, ::, 8443, https, 127.0.0.1, 8443, false",
    "https, ::, 41234, https, 0.0.0.0, 0, true",
    "https, ::, 8443, https, ::, 8443, true",
    "https, 127.0.0.1, 41234, https, 127.0.0.1, 0, true",
    "http, 127.0.0.1, 41234, https, 127.0.0.1, 0, false",
    "https, 127.0.0.2, 41234, https, 127.0.0.1, 0, false",
    "https, 127.0.0.1, 8443, https, no-such-host.invalid, 8443, false"
  })
  void itsAddressDecidesAndWithPortZeroItsName(
      String name,
      String host,
      int port,
      String listener,
      String bindHost,
      int bindPort,
      boolean fits) {
    BindAddress bind = new BindAddress(bindHost, bindPort);
    InheritedSockets sockets = with(name, host, port);
    assertThat(sockets.has(listener, bind)).isEqualTo(fits);
    assertThat(sockets.take(listener, bind) != null).isEqualTo(fits);
  }

  @Test
  void oneSocketIsForOneListener() {
    InheritedSockets sockets = with("any", "127.0.0.1", 8443);
    BindAddress bind = new BindAddress("127.0.0.1", 8443);
    assertThat(sockets.take("first", bind)).isNotNull();
    assertThat(sockets.take("second", bind)).isNull();
  }

  @Test
  void oneThatNoListenerTakesIsAnError() {
    InheritedSockets sockets = with("web.socket", "0.0.0.0", 443);
    assertThatThrownBy(
            () -> sockets.refuseUnwanted(Map.of("https", new BindAddress("127.0.0.1", 443))))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(
            "no listener has the address 0.0.0.0:443 of the socket 'web.socket' from systemd");
    assertThatCode(() -> sockets.refuseUnwanted(Map.of("https", new BindAddress("0.0.0.0", 443))))
        .doesNotThrowAnyException();
  }

  // ---- what a descriptor is

  @Test
  void aListeningSocketKnowsItsAddressFromTheKernel() throws IOException {
    Epoll.ensureAvailability();
    for (String host : List.of("127.0.0.1", "0.0.0.0")) {
      Socket socket = Socket.newSocketStream();
      try {
        socket.bind(at(host, 0));
        socket.listen(1);
        InetSocketAddress address = InheritedSocket.of("https", socket, "test").address();
        assertThat(address.getPort()).isPositive();
        BindAddress same = new BindAddress(host, address.getPort());
        assertThat(InheritedSockets.fits("", address, "https", same)).as(host).isTrue();
      } finally {
        socket.close();
      }
    }
  }

  @Test
  void whatDoesNotListenIsNotTaken() throws IOException {
    Epoll.ensureAvailability();
    FileDescriptor[] pipe = FileDescriptor.pipe();
    Socket bound = Socket.newSocketStream();
    Socket datagrams = Socket.newSocketDgram();
    Socket domain = Socket.newSocketDomain();
    try {
      bound.bind(at("127.0.0.1", 0));
      assertThatThrownBy(() -> InheritedSocket.of("a", bound, "test"))
          .hasMessage("does not listen: a socket unit needs Accept=no");
      for (FileDescriptor other : List.of(datagrams, domain)) {
        assertThatThrownBy(() -> InheritedSocket.of("a", other, "test"))
            .hasMessage("is no TCP socket: use ListenStream=ADDRESS:PORT");
      }
      assertThatThrownBy(() -> InheritedSocket.of("a", pipe[0], "test"))
          .hasMessageStartingWith("is no open socket: ");
    } finally {
      for (FileDescriptor each : List.of(pipe[0], pipe[1], bound, datagrams, domain)) {
        each.close();
      }
    }
  }
}
