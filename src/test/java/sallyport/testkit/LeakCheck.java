package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a class of tests when one of them lost a buffer, an engine or a context. Found by JUnit
 * itself (META-INF/services), so that no class is left out; once for a class, since each look
 * collects garbage twice.
 */
public final class LeakCheck implements AfterAllCallback {
  @Override
  public void afterAll(ExtensionContext context) {
    // A nested class is looked at with the class around it.
    if (context.getRequiredTestClass().getEnclosingClass() == null && Leaks.watched()) {
      assertThat(Leaks.found()).as("buffers, engines and contexts that were lost").isEmpty();
    }
  }
}
