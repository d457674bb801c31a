"""Names that stand after an @ and are no people: tags of documentation comments, annotations, decorators, at-rules; in lower case."""

_TAGS = """
abstract access alias alpha apinote author authors beta borrows brief callback category class classdesc code code constructor constructs
copyright date default defaultvalue deprecated desc description details emits enum event example exception experimental export exports
extends external file fileoverview final fires function generator global group hidden ignore implements implnote implspec import index
ingroup inherit inheritdoc inner instance interface internal kind label lends license link linkcode linkplain listens literal member
memberof method mixes mixin module name namespace note overload overview package packagedocumentation par param params post pre private
privateremarks prop property protected provides public readonly ref remarks requires return returns sealed satisfies see serial serialdata
serialfield since snippet static struct summary template this throw throws todo tparam tutorial type typedef typeparam value var variation
version virtual warning yield yieldparam yieldreturn yields
"""
# Java, Kotlin, Scala, C#, Swift: of the languages, JUnit, TestNG, Mockito, Spring, Jakarta, Lombok, JSR 305.
_ANNOTATIONS = """
after afterall afterclass aftereach allargsconstructor aspect async autoclosure autowired bean before beforeall beforeclass beforeeach
bindsinstance builder cacheable checkfornull checkreturnvalue classrule column component composable conditional configuration controller
convention convenience dao data dataprovider deletemapping disabled discardableresult displayname document dynamicmemberlookup embeddable
enabled entity environmentobject escaping functionalinterface generated generatedvalue getmapping getter guardedby id immutable inject
injectmocks inlinable isolated jsonignore jsonproperty jvmfield jvmname jvmoverloads jvmstatic main mainactor manytoone mock mockbean
namedqueries nested noargsconstructor nonnull notblank notempty notnull nowarn nullable objc objcmembers observable observedobject onetomany
optin order override parameterizedtest parcelize pathvariable postconstruct postmapping predestroy primary producer produces propertywrapper
published putmapping qualifier query repeatedtest repository requestbody requestmapping requestparam requiredargsconstructor requiresapi
resource responsebody responsestatus restcontroller restricted retention rule runwith safevarargs scheduled serializable service setter
singleton slf4j spy state stateobject suite suppressfbwarnings suppresslint suppresswarnings synchronized table target tailrec test testable
testfactory threadsafe timeout transactional transient uithread unchecked valid validated value visiblefortesting volatile workerthread
"""
# Python, JavaScript, TypeScript, Angular, CSS, Sass, Make.
_DECORATORS = """
abstractmethod apply asynccontextmanager atomic cache cached cached_property charset classmethod click container contextmanager counter
customelement dataclass decorator directive each expect extend field fixture font-face forward given hostbinding hostlistener if include
injectable input jit keyframes layer lru_cache media ngmodule njit output page parametrize pipe pytest responsive retry route screen skip
skipif staticmethod super supports tailwind task total_ordering ts-check ts-expect-error ts-ignore ts-nocheck use validator viewchild
when wraps
"""
ANNOTATIONS = frozenset((_TAGS + _ANNOTATIONS + _DECORATORS).split())
