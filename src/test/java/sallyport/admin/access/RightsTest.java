package sallyport.admin.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.admin.access.Rights.Right;
import sallyport.config.admin.RolesConfig;
import sallyport.net.ClientIdentity;

/** What an operator may do. */
class RightsTest {
  private static final RolesConfig ROLES =
      new RolesConfig(Set.of("dns:reader.test"), Set.of("dns:ops.test", "sha256:ab"));
  private static final InetSocketAddress PEER =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1);

  private static Operator certified(String... names) {
    return new Operator.Certified(new ClientIdentity("ab", "CN=x", Set.of(names), Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "dns:reader.test, true, false",
    "dns:ops.test, true, true",
    "sha256:ab, true, true",
    "dns:other.test, false, false"
  })
  void aCertificateHasTheRolesOfItsNames(String name, boolean reads, boolean operates) {
    assertThat(Rights.has(certified(name, "dns:more.test"), ROLES, Right.READ)).isEqualTo(reads);
    assertThat(Rights.has(certified(name), ROLES, Right.OPERATE)).isEqualTo(operates);
  }

  @Test
  void anEmptyRoleHasNoMembers() {
    assertThat(Rights.has(certified("dns:ops.test"), RolesConfig.NONE, Right.READ)).isFalse();
    assertThat(Rights.has(certified(), ROLES, Right.READ)).isFalse();
  }

  @Test
  void operatorsOfThisMachineHaveAllRightsAndClientsWithoutACertificateNone() {
    assertThat(Rights.has(new Operator.User("ops"), RolesConfig.NONE, Right.OPERATE)).isTrue();
    assertThat(Rights.has(new Operator.Address(PEER), RolesConfig.NONE, Right.OPERATE)).isTrue();
    assertThat(Rights.has(new Operator.Anonymous(PEER), ROLES, Right.READ)).isFalse();
    assertThat(Rights.has(new Operator.Refused(PEER), ROLES, Right.READ)).isFalse();
  }
}
