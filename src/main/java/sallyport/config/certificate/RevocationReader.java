package sallyport.config.certificate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;

/** Reader of the settings of revocation checks. */
public final class RevocationReader {
  private RevocationReader() {}

  public static RevocationConfig read(ConfigReader in) {
    List<CrlConfig> crls = new ArrayList<>();
    ConfigLocation location = in.location("crls");
    for (Path file : in.files("crls")) {
      crls.add(new CrlConfig(file, location));
    }
    RevocationConfig revocation =
        new RevocationConfig(
            List.copyOf(crls),
            in.choice("mode", modes()),
            in.choice("ocsp", answers()),
            Limits.of(RevocationConfig.class).duration("ocsp-timeout", in));
    in.finish();
    return revocation;
  }

  private static Map<String, RevocationConfig.Ocsp> answers() {
    Map<String, RevocationConfig.Ocsp> answers = new LinkedHashMap<>();
    answers.put("off", RevocationConfig.Ocsp.OFF);
    answers.put("soft", RevocationConfig.Ocsp.SOFT);
    answers.put("hard", RevocationConfig.Ocsp.HARD);
    return answers;
  }

  private static Map<String, RevocationConfig.Mode> modes() {
    Map<String, RevocationConfig.Mode> modes = new LinkedHashMap<>();
    modes.put("hard", RevocationConfig.Mode.HARD);
    modes.put("soft", RevocationConfig.Mode.SOFT);
    return modes;
  }
}
