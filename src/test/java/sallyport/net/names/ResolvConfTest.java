package sallyport.net.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResolvConfTest {
  private static ResolvConf parse(String text) {
    return ResolvConf.parse(text.lines().toList());
  }

  @Test
  void serversSearchDomainsAndDotsAreRead() {
    ResolvConf conf =
        parse(
            """
            # made by hand
            nameserver 10.0.0.2
            nameserver 2001:db8::2 ; the second
            nameserver no.address
            search clinic.internal lab.internal
            options timeout:2 ndots:2 rotate
            """);
    assertThat(conf.servers())
        .extracting(each -> each.getAddress().getHostAddress() + " " + each.getPort())
        .containsExactly("10.0.0.2 53", "2001:db8:0:0:0:0:0:2 53");
    assertThat(conf.search()).containsExactly("clinic.internal", "lab.internal");
    assertThat(conf.dots()).isEqualTo(2);
  }

  /** As resolvers do; never a server on the internet. */
  @Test
  void withoutServersThisMachineIsAsked() {
    assertThat(parse("").servers())
        .singleElement()
        .satisfies(each -> assertThat(each.getAddress().isLoopbackAddress()).isTrue());
  }

  @Test
  void namesOfFewDotsAreTriedWithSearchDomainsFirst() {
    ResolvConf conf = new ResolvConf(List.of(), List.of("a.test", "b.test"), 1);
    assertThat(conf.candidates("imaging"))
        .containsExactly("imaging.a.test", "imaging.b.test", "imaging");
    assertThat(conf.candidates("imaging.clinic"))
        .containsExactly("imaging.clinic", "imaging.clinic.a.test", "imaging.clinic.b.test");
    assertThat(conf.candidates("imaging.")).containsExactly("imaging.");
  }
}
