package sallyport.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.BindException;
import java.nio.channels.UnresolvedAddressException;
import org.junit.jupiter.api.Test;
import sallyport.config.address.BindAddress;

/** What is said of an address that cannot be bound. */
class SocketsTest {
  private static String said(String host, Throwable cause) {
    return String.valueOf(
        new Sockets.CannotBind("https", new BindAddress(host, 443), cause).getMessage());
  }

  @Test
  void aPortThatNeedsACapabilityIsSaidToNeedIt() {
    assertThat(
            said(
                "0.0.0.0", new BindException("bind(..) failed with error(-13): Permission denied")))
        .startsWith("cannot bind listener https to 0.0.0.0:443: bind(..) failed with error(-13)")
        .contains("CAP_NET_BIND_SERVICE", "public-port");
  }

  @Test
  void anAddressThatIsTakenIsToldHowToFindWhoHasIt() {
    assertThat(said("127.0.0.1", new BindException("Address already in use"))).contains("ss -ltnp");
  }

  @Test
  void anAddressOfAnotherHostIsSaidToBeNone() {
    assertThat(said("10.9.9.9", new BindException("Cannot assign requested address")))
        .endsWith("; no interface of this host has it ('ip address' shows those that are)");
  }

  @Test
  void aNameWithoutAnAddressHasAReason() {
    assertThat(said("eth0", new UnresolvedAddressException()))
        .isEqualTo(
            "cannot bind listener https to eth0:443: 'eth0' is no address of this host, and no name"
                + " of one");
  }
}
