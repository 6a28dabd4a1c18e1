package sallyport.http.forwarded;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.net.Peers;
import sallyport.values.ClientAddress;

/** Who a request is from, by what trusted proxies say; 10.0.0.0/8 is trusted. */
class ForwardedForTest {
  private static final InetSocketAddress PROXY = new InetSocketAddress("10.0.0.1", 4711);
  private static final InetSocketAddress LOCAL = new InetSocketAddress("192.0.2.1", 443);

  private static boolean isTrusted(InetAddress address) {
    return address.getHostAddress().startsWith("10.");
  }

  private static ForwardedFor of(Peers peers) {
    return new ForwardedFor(peers, ForwardedForTest::isTrusted);
  }

  private static HttpHeaders fields(String... values) {
    return new DefaultHttpHeaders().add("X-Forwarded-For", List.of(values));
  }

  @ParameterizedTest
  @CsvSource({
    "'203.0.113.7', 203.0.113.7",
    "'6.6.6.6, 203.0.113.7', 203.0.113.7",
    "'203.0.113.7, 10.0.0.2', 203.0.113.7",
    "'6.6.6.6,203.0.113.7,10.0.0.2,10.0.0.3', 203.0.113.7",
    "'10.0.0.2, 10.0.0.3', 10.0.0.2",
    "'203.0.113.7:5555', 203.0.113.7:5555",
    "'2001:db8::7', 2001:db8::7",
    "'[2001:db8::7]:5555', '[2001:db8::7]:5555'",
    "'[2001:db8::7]', 2001:db8::7",
    // What is no address ends the search, and is never shown.
    "'unknown, 10.0.0.2', 10.0.0.2",
    "'6.6.6.6, x, 10.0.0.2', 10.0.0.2",
    "'unknown', 10.0.0.1:4711",
    // Empty elements of a list count for nothing (RFC 9110 section 5.6.1.2).
    "'203.0.113.7, ', 203.0.113.7",
    "'', 10.0.0.1:4711",
    "'localhost', 10.0.0.1:4711",
    "'203.0.113.7:99999', 10.0.0.1:4711",
    "'203.0.113.7:-1', 10.0.0.1:4711"
  })
  void ofATrustedProxyTheLastAddressThatIsNotOneIsTheClient(String field, String client) {
    ClientAddress found = of(new Peers(PROXY, LOCAL, null)).client(fields(field));
    assertThat(found.text()).isEqualTo(client);
    assertThat(found.proxyText()).isEqualTo(found.client().equals(PROXY) ? null : "10.0.0.1:4711");
  }

  @Test
  void severalFieldsAreOneList() {
    ForwardedFor forwardedFor = of(new Peers(PROXY, LOCAL, null));
    assertThat(forwardedFor.client(fields("203.0.113.7", "10.0.0.2")).text())
        .isEqualTo("203.0.113.7");
    assertThat(forwardedFor.client(fields()).text()).isEqualTo("10.0.0.1:4711");
  }

  @Test
  void forwardedCountsWhereItIsTheOnlyKind() {
    ForwardedFor forwardedFor = of(new Peers(PROXY, LOCAL, null));
    HttpHeaders fields =
        new DefaultHttpHeaders()
            .add("Forwarded", "for=6.6.6.6, for=\"[2001:db8::7]:5555\";proto=https, for=10.0.0.2");
    assertThat(forwardedFor.client(fields).text()).isEqualTo("[2001:db8::7]:5555");
    fields.add("X-Forwarded-For", "203.0.113.7");
    assertThat(forwardedFor.client(fields).text()).isEqualTo("203.0.113.7");
  }

  @Test
  void whoIsNotTrustedSaysNothing() {
    ForwardedFor forwardedFor = of(new Peers(new InetSocketAddress("203.0.113.9", 1), LOCAL, null));
    assertThat(forwardedFor.client(fields("6.6.6.6")))
        .isSameAs(forwardedFor.connection())
        .isEqualTo(ClientAddress.direct(new InetSocketAddress("203.0.113.9", 1)));
  }

  @Test
  void whatABalancerToldByThePresentationOfItsConnectionComesFirst() {
    InetSocketAddress told = new InetSocketAddress("203.0.113.9", 1);
    assertThat(of(new Peers(told, LOCAL, PROXY)).client(fields("6.6.6.6")))
        .isEqualTo(new ClientAddress(told, PROXY));
    // The balancer brought another trusted proxy, which says for whom.
    InetSocketAddress inner = new InetSocketAddress("10.0.0.9", 2);
    ClientAddress found = of(new Peers(inner, LOCAL, PROXY)).client(fields("203.0.113.7"));
    assertThat(found.text()).isEqualTo("203.0.113.7");
    assertThat(found.proxyText()).isEqualTo("10.0.0.1:4711");
  }
}
