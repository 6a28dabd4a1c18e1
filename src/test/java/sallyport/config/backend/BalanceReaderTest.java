package sallyport.config.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.address.EndpointAddress.Host;
import sallyport.config.backend.BackendConfig.Balance;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.testkit.Backends;

class BalanceReaderTest {
  @Test
  void endpointsAreTextsAndObjects() {
    assertThat(
            Backends.config(
                    "endpoints = [ \"a:1\", { address = \"b:2\" }, { address = \"[::1]:3\", weight ="
                        + " 1000 }, { address = \"d:4\", weight = 2, backup = true } ]")
                .endpoints())
        .containsExactly(
            new EndpointConfig(new Host("a", 1), 1, false),
            new EndpointConfig(new Host("b", 2), 1, false),
            new EndpointConfig(new Host("::1", 3), 1000, false),
            new EndpointConfig(new Host("d", 4), 2, true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "header = X-Tenant | Header[name=x-tenant]",
        "cookie = SESSION | Cookie[name=SESSION]",
        "source = true | Source[]"
      })
  void aHashIsOfOnePartOfTheRequest(String hocon, String hash) {
    BackendConfig config =
        Backends.config("endpoints = [ \"a:1\" ], balance = hash, hash { " + hocon + " }");
    assertThat(config.balance()).isEqualTo(Balance.HASH);
    assertThat(config.hash()).hasToString(hash);
  }

  @Test
  void otherBalancesNeedNoHash() {
    assertThat(Backends.config("endpoints = [ \"a:1\" ], hash.source = false").hash()).isNull();
  }
}
