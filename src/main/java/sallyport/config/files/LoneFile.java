package sallyport.config.files;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import sallyport.config.files.Outline.Include;
import sallyport.config.files.Outline.Item;
import sallyport.config.files.Outline.Setting;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.read.ConfigPlaces;
import sallyport.config.read.Problems;

/**
 * File of HOCON that stands alone: it includes nothing, and takes nothing from the environment. It
 * may be written by a program that has no other say in the configuration.
 */
public final class LoneFile {
  private LoneFile() {}

  /**
   * Parses what it holds.
   *
   * @param text that was read from it
   * @throws InvalidConfiguration when it is no HOCON, includes something, has a substitution, or
   *     sets something twice
   */
  public static Config parse(ConfigPlaces places, String text) throws InvalidConfiguration {
    Problems problems = new Problems(places);
    look(places, text, problems);
    if (!problems.isEmpty()) {
      throw new InvalidConfiguration(problems.lines());
    }
    Config config;
    try {
      config = MainFile.parse(places, text, StrictIncluder.refusing());
    } catch (ConfigException broken) {
      throw new InvalidConfiguration(List.of(SyntaxProblem.of(broken, text, problems)));
    }
    if (!config.isResolved()) {
      throw new InvalidConfiguration(
          List.of(
              new ConfigLocation(places.mainFile(), firstSubstitution(text), "substitution")
                  .problem("nothing is put in here: write the value itself")));
    }
    return config;
  }

  private static void look(ConfigPlaces places, String text, Problems problems) {
    WrittenTwice twice = new WrittenTwice(problems);
    Outline outline = OutlineScanner.scan(text, List.of(), new AtomicInteger()::getAndIncrement);
    for (Item item : outline.items()) {
      switch (item) {
        case Setting setting ->
            twice.set(
                List.of(),
                setting,
                new ConfigLocation(
                    places.mainFile(), setting.line(), Outline.shown(setting.path())));
        case Include include ->
            problems.add(
                new ConfigLocation(places.mainFile(), include.line(), "include"),
                "nothing is included here: write what '" + include.name() + "' has");
      }
    }
  }

  private static int firstSubstitution(String text) {
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("${")) {
        return i + 1;
      }
    }
    return 0;
  }
}
